import { errorOf, unreachable } from "../../api/errors";
import { post, type SignedIn } from "../../api/session";
import type { Schema } from "../../api/types";

export type Methods = Schema<"SignInMethods"> & { setup_required?: boolean };

/** How people can sign in here. Raises ApiError. */
export async function signInMethods(): Promise<Methods> {
  let response: Response;
  try {
    response = await fetch("/api/v1/auth/methods", { cache: "no-store" });
  } catch (cause) {
    throw unreachable(cause);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response, body);
  return (body as { data: Methods }).data;
}

async function step(path: string, body: object): Promise<SignedIn> {
  const answer = await post(path, { ...body, cookie: true });
  return (answer as { data: SignedIn }).data;
}

/** Raises ApiError; that of the code SECOND_FACTOR_REQUIRED has the challenge for the next step. */
export function signInWithPassword(username: string, password: string): Promise<SignedIn> {
  return step("/api/v1/auth/login", { username, password });
}

/** The second factor after a password: a code of the app, or a recovery code. Raises ApiError. */
export function continueWithCode(challenge: string, otp: string): Promise<SignedIn> {
  return step("/api/v1/auth/second-factor", { challenge, otp });
}

/** With what a passkey answered. Raises ApiError. */
export function continueWithPasskey(state: string, credential: object): Promise<SignedIn> {
  return step("/api/v1/auth/passkeys", { state, credential });
}

/** The first administrator. Raises ApiError. */
export function setUp(token: string, username: string, password: string, email: string): Promise<SignedIn> {
  return step("/api/v1/auth/setup", { token, username, password, ...(email ? { email } : {}) });
}
