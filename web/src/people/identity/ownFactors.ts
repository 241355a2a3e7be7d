import { api, dataOf } from "../../api/client";
import { users } from "./requests";

// The second factors of whoever is signed in.

const me = { path: { user: "me" } };

export function enrolTotp() {
  return dataOf(api.POST("/api/v1/users/{user}/second-factors/totp", { params: me }));
}

export function confirmTotp(code: string) {
  return users.refreshAfter(
    dataOf(api.POST("/api/v1/users/{user}/second-factors/totp/confirm", { params: me, body: { code } })),
  );
}

/** Shows a code in a session that began without a second factor. */
export function verifyFactor(code: string) {
  return users.refreshAfter(
    dataOf(api.POST("/api/v1/users/{user}/second-factors/verify", { params: me, body: { code } })),
  );
}

export function disableTotp(code: string) {
  return users.refreshAfter(
    dataOf(api.POST("/api/v1/users/{user}/second-factors/totp/disable", { params: me, body: { code } })),
  );
}

export function newRecoveryCodes(code: string) {
  return users.refreshAfter(
    dataOf(api.POST("/api/v1/users/{user}/second-factors/recovery-codes", { params: me, body: { code } })),
  );
}

export function passkeyOptions() {
  return dataOf(api.POST("/api/v1/users/{user}/passkeys/options", { params: me }));
}

export function registerPasskey(state: string, credential: object, name: string) {
  const body = { state, credential: credential as never, name };
  return users.refreshAfter(dataOf(api.POST("/api/v1/users/{user}/passkeys", { params: me, body })));
}

export function renamePasskey(passkey: string, name: string) {
  const params = { path: { user: "me", passkey } };
  return users.refreshAfter(
    dataOf(api.PATCH("/api/v1/users/{user}/passkeys/{passkey}", { params, body: { name } })),
  );
}

export function deletePasskey(passkey: string) {
  const params = { path: { user: "me", passkey } };
  return users.refreshAfter(dataOf(api.DELETE("/api/v1/users/{user}/passkeys/{passkey}", { params })));
}
