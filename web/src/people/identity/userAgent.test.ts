import { expect, it } from "vitest";
import { readableAgent } from "./userAgent";

const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

it("names browser and system", () => {
  expect(readableAgent(`Mozilla/5.0 (X11; Linux x86_64) ${CHROME}`)).toBe("Chrome 156 on Linux");
  expect(readableAgent(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Edg/156.0.1.2`)).toBe(
    "Edge 156 on Windows",
  );
  expect(readableAgent(`Mozilla/5.0 (Linux; Android 16) ${CHROME}`)).toBe("Chrome 156 on Android");
  expect(
    readableAgent("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0"),
  ).toBe("Firefox 150 on macOS");
  expect(
    readableAgent(
      "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    ),
  ).toBe("Safari 26 on iOS");
});

it("leaves what is no browser as it is", () => {
  expect(readableAgent("nimbus/0.9 (python 3.12)")).toBe("nimbus/0.9 (python 3.12)");
  expect(readableAgent("")).toBe("");
});
