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
  const fetched = vi.fn<typeof fetch>();
  beforeEach(() => vi.stubGlobal("fetch", fetched));
  afterEach(() => {
    fetched.mockReset();
    vi.unstubAllGlobals();
  });

  it("is renewed once for all who ask at the same time", async () => {
    const session = await load();
    fetched.mockImplementation(async () => answer(200, signedIn("first")));
    expect(await Promise.all([session.accessToken(), session.accessToken(), session.accessToken()])).toEqual([
      "first",
      "first",
      "first",
    ]);
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(await session.accessToken()).toBe("first");
    expect(fetched).toHaveBeenCalledTimes(1);
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({
      credentials: "same-origin",
      headers: { "X-Nimbus-Request": "1" },
    });
  });

  it("that the control plane does not know any more has ended, and every listener is called", async () => {
    const session = await load();
    const calls: boolean[] = [];
    fetched.mockResolvedValueOnce(answer(200, signedIn("first")));
    await session.accessToken();
    session.onSession((signedIn) => calls.push(signedIn));
    fetched.mockImplementation(async () => answer(401, refused("UNAUTHENTICATED")));
    await expect(session.renew("first")).rejects.toMatchObject({
      status: 401,
      requestId: "r-1",
    } satisfies Partial<ApiError>);
    expect(calls).toEqual([false]);
    expect(session.isSignedIn()).toBe(false);
  });

  it("outlives a control plane that does not answer", async () => {
    const session = await load();
    fetched.mockResolvedValueOnce(answer(200, signedIn("first")));
    await session.accessToken();
    fetched.mockRejectedValueOnce(new TypeError("network"));
    await expect(session.renew("first")).rejects.toMatchObject({ status: 0, unreachable: true });
    expect(session.isSignedIn()).toBe(true);
    fetched.mockResolvedValueOnce(answer(200, signedIn("second")));
    expect(await session.renew("first")).toBe("second");
  });

  it("asks for no other token than the one that was refused", async () => {
    const session = await load();
    fetched.mockResolvedValueOnce(answer(200, signedIn("first")));
    await session.accessToken();
    expect(await session.renew("an older one")).toBe("first");
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it("ends here also when the control plane has forgotten it", async () => {
    const session = await load();
    fetched.mockResolvedValueOnce(answer(200, signedIn("first")));
    await session.accessToken();
    fetched.mockResolvedValueOnce(answer(401, refused("UNAUTHENTICATED")));
    await session.signOut();
    expect(session.isSignedIn()).toBe(false);
  });
});

describe("two tabs", () => {
  /** The channel of one browser: every other tab is told, at once. */
  class Channel {
    static all: Channel[] = [];
    private readonly listeners: ((message: { data: unknown }) => void)[] = [];
    constructor() {
      Channel.all.push(this);
    }
    addEventListener(_: string, listener: (message: { data: unknown }) => void) {
      this.listeners.push(listener);
    }
    postMessage(data: unknown) {
      for (const other of Channel.all) if (other !== this) for (const told of other.listeners) told({ data });
    }
  }

  const fetched = vi.fn<typeof fetch>();
  beforeEach(() => {
    Channel.all = [];
    vi.stubGlobal("BroadcastChannel", Channel);
    vi.stubGlobal("fetch", fetched);
  });
  afterEach(() => {
    fetched.mockReset();
    vi.unstubAllGlobals();
  });

  it("each hear once that somebody signed out, however many requests fail because of that", async () => {
    const [one, other] = [await load(), await load()];
    const heard = { one: [] as boolean[], other: [] as boolean[] };
    fetched.mockResolvedValueOnce(answer(200, signedIn("first")));
    await one.accessToken();
    one.onSession((signedIn) => heard.one.push(signedIn));
    other.onSession((signedIn) => heard.other.push(signedIn));
    expect(other.isSignedIn()).toBe(true);
    fetched.mockResolvedValueOnce(answer(200, {}));
    fetched.mockImplementation(async () => answer(401, refused("UNAUTHENTICATED")));
    await one.signOut();
    await Promise.allSettled([one.renew("first"), other.renew("first"), other.renew("first")]);
    expect(heard).toEqual({ one: [false], other: [false] });
  });
});
