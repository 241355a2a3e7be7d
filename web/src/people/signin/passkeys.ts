import { ApiError } from "../../api/errors";
import { post, type SignedIn } from "../../api/session";
import type { Schema } from "../../api/types";
import { text } from "../../text/people";
import { continueWithPasskey } from "./steps";

/** Sign in with a passkey; with `challenge`, as the second factor after a password. Raises ApiError. */
export async function signInWithPasskey(challenge = ""): Promise<SignedIn> {
  const { state, credential } = await passkeyAnswer(challenge);
  return continueWithPasskey(state, credential);
}

/** What a passkey answers to a challenge of the control plane. Raises ApiError. */
export async function passkeyAnswer(challenge = ""): Promise<{ state: string; credential: object }> {
  const answer = await post("/api/v1/auth/passkeys/options", { challenge });
  const { state, options } = (answer as { data: Schema<"PasskeyOptions"> }).data;
  const { startAuthentication } = await import("@simplewebauthn/browser");
  let credential: object;
  try {
    credential = await startAuthentication({ optionsJSON: options as never });
  } catch (cause) {
    const error = new ApiError({
      status: 400,
      code: "PASSKEY_CANCELLED",
      message: text.signIn.passkeyCancelled,
    });
    error.cause = cause;
    throw error;
  }
  return { state, credential };
}
