import { ApiError, errorOf, unreachable } from "./errors";
import type { components } from "./schema";

// The access token lives in this module's memory only; the refresh token is a cookie that scripts cannot read and
// that goes to /api/v1/auth alone. A refresh token is good once, and showing a spent one ends the session
// everywhere, so the tabs of one browser take turns (a Web Lock) and share what they got (a BroadcastChannel).

export type SignedIn = components["schemas"]["SignedIn"];
export type User = components["schemas"]["UserView"];

interface Held {
  accessToken: string;
  /** `performance.now()` at which the token is renewed: well before its end. */
  renewAt: number;
  sessionId: string;
}

type Listener = (signedIn: boolean) => void;
type Message =
  | { kind: "tokens"; accessToken: string; expiresIn: number; sessionId: string }
  | { kind: "signed-out" };

const LOCK = "nimbus-session";
const RENEW_AT = 0.8;
const listeners = new Set<Listener>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);
let held: Held | null = null;
let renewing: Promise<string> | null = null;

channel?.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if (data.kind === "tokens") {
    const isNew = held === null;
    hold(data.accessToken, data.expiresIn, data.sessionId);
    if (isNew) tell(true);
  } else {
    held = null;
    tell(false);
  }
});

function hold(accessToken: string, expiresIn: number, sessionId: string): void {
  held = { accessToken, renewAt: performance.now() + expiresIn * 1000 * RENEW_AT, sessionId };
}

function tell(signedIn: boolean): void {
  for (const listener of listeners) listener(signedIn);
}

/** Called with false when the session has ended, here or in another tab; with true when it has begun there. */
export function onSession(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isSignedIn(): boolean {
  return held !== null;
}

export function sessionId(): string {
  return held?.sessionId ?? "";
}

/** Take over what signing in answered. */
export function begin(signedIn: SignedIn): void {
  hold(signedIn.access_token, signedIn.expires_in, signedIn.session_id);
  channel?.postMessage({
    kind: "tokens",
    accessToken: signedIn.access_token,
    expiresIn: signedIn.expires_in,
    sessionId: signedIn.session_id,
  } satisfies Message);
  tell(true);
}

/** The session is over: refused by the control plane, or signed out. */
export function end(): void {
  held = null;
  channel?.postMessage({ kind: "signed-out" } satisfies Message);
  tell(false);
}

/** A token that is good now. Raises ApiError: 401 when there is no session, status 0 when nobody answers. */
export async function accessToken(): Promise<string> {
  if (held && performance.now() < held.renewAt) return held.accessToken;
  return renew(held?.accessToken ?? "");
}

/** A token other than `refused`. Calls that come together, of all tabs, share one renewal. */
export function renew(refused: string): Promise<string> {
  renewing ??= exclusively(() => refreshUnlessDone(refused)).finally(() => {
    renewing = null;
  });
  return renewing;
}

function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(LOCK, work) as Promise<T>) : work();
}

async function refreshUnlessDone(refused: string): Promise<string> {
  if (held && held.accessToken !== refused && performance.now() < held.renewAt) return held.accessToken;
  const answered = await post("/api/v1/auth/refresh", {});
  const { data } = answered as { data: SignedIn };
  begin(data);
  return data.access_token;
}

/** A request of signing in: it carries the cookie and proves that it comes from this page. */
export async function post(path: string, body: object): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Nimbus-Request": "1" },
      credentials: "same-origin",
      body: JSON.stringify(body),
    });
  } catch (cause) {
    throw unreachable(cause);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const error = errorOf(response, answer);
    if (error.status === 401 && path.endsWith("/refresh")) end();
    throw error;
  }
  return answer;
}

export async function signOut(): Promise<void> {
  try {
    await exclusively(() => post("/api/v1/auth/logout", {}));
  } catch (error) {
    if (!(error instanceof ApiError) || error.unreachable) throw error;
  }
  end();
}
