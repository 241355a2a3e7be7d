import { api, dataOf } from "../../api/client";

const me = { params: { path: { user: "me" } } };

export function enrolTotp() {
  return dataOf(api.POST("/api/v1/users/{user}/second-factors/totp", me));
}

export function confirmTotp(code: string) {
  return dataOf(api.POST("/api/v1/users/{user}/second-factors/totp/confirm", { ...me, body: { code } }));
}

export function disableTotp(code: string) {
  return dataOf(api.POST("/api/v1/users/{user}/second-factors/totp/disable", { ...me, body: { code } }));
}

export function newRecoveryCodes(code: string) {
  return dataOf(api.POST("/api/v1/users/{user}/second-factors/recovery-codes", { ...me, body: { code } }));
}

export function passkeyOptions() {
  return dataOf(api.POST("/api/v1/users/{user}/passkeys/options", me));
}

export function registerPasskey(state: string, credential: object, name: string) {
  return dataOf(
    api.POST("/api/v1/users/{user}/passkeys", {
      ...me,
      body: { state, credential: credential as never, name },
    }),
  );
}

export function renamePasskey(passkey: string, name: string) {
  return dataOf(
    api.PATCH("/api/v1/users/{user}/passkeys/{passkey}", {
      params: { path: { user: "me", passkey } },
      body: { name },
    }),
  );
}

export function deletePasskey(passkey: string) {
  return dataOf(
    api.DELETE("/api/v1/users/{user}/passkeys/{passkey}", { params: { path: { user: "me", passkey } } }),
  );
}

export const identitiesQuery = {
  queryKey: ["users", "identities"],
  queryFn: () => dataOf(api.GET("/api/v1/auth/identities")),
};

export function linkIdentity(code: string, verifier: string) {
  return dataOf(api.POST("/api/v1/auth/identities", { body: { code, verifier } }));
}

export function unlinkIdentity(provider: string) {
  return dataOf(api.DELETE("/api/v1/auth/identities/{provider}", { params: { path: { provider } } }));
}
