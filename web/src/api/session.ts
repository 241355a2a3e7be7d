import { ApiError, errorOf, unreachable } from "./errors";
import type { components } from "./schema";

// The access token lives in this module's memory only; the refresh token is a cookie that scripts cannot read and
// that goes to /api/v1/auth alone. A refresh token is valid once, and sending a used one ends the session
// everywhere; so the tabs of one browser take turns (a Web Lock) and share the new token (a BroadcastChannel).

export type SignedIn = components["schemas"]["SignedIn"];

interface Session {
  accessToken: string;
  /** `performance.now()` at which the token is renewed: well before its end. */
  renewAt: number;
}

type Listener = (signedIn: boolean) => void;
type Message = { kind: "token"; accessToken: string; expiresIn: number } | { kind: "signed-out" };

const LOCK = "nimbus-session";
const RENEW_AT = 0.8;
const listeners = new Set<Listener>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);
let session: Session | null = null;
let renewing: Promise<string> | null = null;

channel?.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if (data.kind === "token") {
    const isNew = session === null;
    remember(data.accessToken, data.expiresIn);
    if (isNew) notify(true);
  } else {
    forget();
  }
});

function remember(accessToken: string, expiresIn: number): void {
  session = { accessToken, renewAt: performance.now() + expiresIn * 1000 * RENEW_AT };
}

function notify(signedIn: boolean): void {
  for (const listener of listeners) listener(signedIn);
}

/** Only the first of several ends counts: signing out in one tab makes requests of the others fail one after another. */
function forget(): boolean {
  if (session === null) return false;
  session = null;
  notify(false);
  return true;
}

/** Called once with false when the session has ended, here or in another tab; with true when it has begun there. */
export function onSession(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isSignedIn(): boolean {
  return session !== null;
}

/** Begins a session with what signing in answered. */
export function begin(signedIn: SignedIn): void {
  remember(signedIn.access_token, signedIn.expires_in);
  channel?.postMessage({
    kind: "token",
    accessToken: signedIn.access_token,
    expiresIn: signedIn.expires_in,
  } satisfies Message);
  notify(true);
}

/** Ends the session: it was refused by the control plane, or signed out. Does nothing where there is none. */
export function end(): void {
  if (forget()) channel?.postMessage({ kind: "signed-out" } satisfies Message);
}

/** A token that is valid now. Raises ApiError: 401 when there is no session, status 0 when nobody answers. */
export async function accessToken(): Promise<string> {
  if (session && performance.now() < session.renewAt) return session.accessToken;
  return renew(session?.accessToken ?? "");
}

/** A new token in the place of `refused`. Calls at the same time, of all tabs, share one renewal. Raises ApiError. */
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
  if (session && session.accessToken !== refused && performance.now() < session.renewAt)
    return session.accessToken;
  const answered = await post("/api/v1/auth/refresh", {});
  const { data } = answered as { data: SignedIn };
  begin(data);
  return data.access_token;
}

/** A request to a path of signing in: with the cookie, and a header that no other site can send. Raises ApiError. */
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
