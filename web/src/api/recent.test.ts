import { afterEach, expect, test } from "vitest";
import { askForRecentSignIn, mayGoOn } from "./recent";

const answer = (status: number, code: string) =>
  new Response(JSON.stringify({ error: { code } }), { status });

afterEach(() => askForRecentSignIn(null));

test("only what wants a recent sign-in asks, once for several, and goes on when they have shown", async () => {
  let asked = 0;
  let has = true;
  askForRecentSignIn(async () => {
    asked += 1;
    return has;
  });
  expect(await mayGoOn(answer(403, "FORBIDDEN"))).toBe(false);
  expect(await mayGoOn(answer(200, "RECENT_SIGN_IN_REQUIRED"))).toBe(false);
  expect(asked).toBe(0);
  const wanted = () => mayGoOn(answer(403, "RECENT_SIGN_IN_REQUIRED"));
  expect(await Promise.all([wanted(), wanted()])).toEqual([true, true]);
  expect(asked).toBe(1);
  has = false;
  expect(await wanted()).toBe(false);
});

test("where nobody can be asked, the request fails", async () => {
  expect(await mayGoOn(answer(403, "RECENT_SIGN_IN_REQUIRED"))).toBe(false);
});
