import { expect, it } from "vitest";
import { cliRequestOf, isOfCommandLine, refusalOf } from "./cliRequest";

it("reads what the command line asks for", () => {
  expect(cliRequestOf("?port=4711&challenge=abc&state=x.y")).toEqual({
    port: 4711,
    challenge: "abc",
    state: "x.y",
  });
});

it("takes no address that is not whole", () => {
  for (const search of [
    "",
    "?port=4711",
    "?challenge=abc",
    "?port=0&challenge=a",
    "?port=65536&challenge=a",
    "?port=80.5&challenge=a",
    "?port=1e3&challenge=a",
  ]) {
    expect(cliRequestOf(search)).toBeNull();
  }
});

it("sends the code to this machine's loopback alone, on that port", () => {
  expect(isOfCommandLine("http://127.0.0.1:4711/callback?code=c", 4711)).toBe(true);
  for (const address of [
    "http://127.0.0.1:4712/callback",
    "https://127.0.0.1:4711/callback",
    "http://localhost:4711/callback",
    "http://127.0.0.1.example.org:4711/",
    "http://127.0.0.1:4711@example.org/",
    "http://u:p@127.0.0.1:4711/",
    "javascript:alert(1)",
    "/callback",
    "",
  ]) {
    expect(isOfCommandLine(address, 4711)).toBe(false);
  }
});

it("tells the command line that the person said no", () => {
  expect(refusalOf({ port: 4711, challenge: "abc", state: "a~b" })).toBe(
    "http://127.0.0.1:4711/callback?error=access_denied&state=a%7Eb",
  );
});
