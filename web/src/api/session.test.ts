import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApiError } from "./errors";

// Each test has the module anew: the session is its memory.
async function load() {
  vi.resetModules();
  return import("./session");
}

const signedIn = (token: string) => ({
  data: {
    access_token: token,
    expires_in: 3600,
    session_id: "s",
    refresh_token: null,
    refresh_expires_in: 1,
    user: {},
  },
});
const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
const refused = (code: string) => ({ error: { code, message: "no", details: [], request_id: "r-1" } });

describe("a session", () => {
  const asked = vi.fn<typeof fetch>();
  beforeEach(() => vi.stubGlobal("fetch", asked));
  afterEach(() => {
    asked.mockReset();
    vi.unstubAllGlobals();
  });

  it("is renewed once for all who ask at the same time", async () => {
    const session = await load();
    asked.mockImplementation(async () => answer(200, signedIn("one")));
    expect(await Promise.all([session.accessToken(), session.accessToken(), session.accessToken()])).toEqual([
      "one",
      "one",
      "one",
    ]);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await session.accessToken()).toBe("one");
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked.mock.calls[0]?.[1]).toMatchObject({
      credentials: "same-origin",
      headers: { "X-Nimbus-Request": "1" },
    });
  });

  it("that the control plane does not know has ended, and everybody hears of it", async () => {
    const session = await load();
    const heard: boolean[] = [];
    session.onSession((is) => heard.push(is));
    asked.mockImplementation(async () => answer(401, refused("UNAUTHENTICATED")));
    await expect(session.accessToken()).rejects.toMatchObject({
      status: 401,
      requestId: "r-1",
    } satisfies Partial<ApiError>);
    expect(heard).toEqual([false]);
    expect(session.isSignedIn()).toBe(false);
  });

  it("outlives a control plane that does not answer", async () => {
    const session = await load();
    asked.mockResolvedValueOnce(answer(200, signedIn("one")));
    await session.accessToken();
    asked.mockRejectedValueOnce(new TypeError("network"));
    await expect(session.renew("one")).rejects.toMatchObject({ status: 0, unreachable: true });
    expect(session.isSignedIn()).toBe(true);
    asked.mockResolvedValueOnce(answer(200, signedIn("two")));
    expect(await session.renew("one")).toBe("two");
  });

  it("asks for no other token than the one that was refused", async () => {
    const session = await load();
    asked.mockResolvedValueOnce(answer(200, signedIn("one")));
    await session.accessToken();
    expect(await session.renew("an older one")).toBe("one");
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("ends here also when the control plane has forgotten it", async () => {
    const session = await load();
    asked.mockResolvedValueOnce(answer(200, signedIn("one")));
    await session.accessToken();
    asked.mockResolvedValueOnce(answer(401, refused("UNAUTHENTICATED")));
    await session.signOut();
    expect(session.isSignedIn()).toBe(false);
  });
});
