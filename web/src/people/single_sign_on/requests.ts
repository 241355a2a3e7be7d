import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import { refreshAfter } from "../../api/queries";
import type { Schema } from "../../api/types";

export type Provider = Schema<"IdentityProviderView">;

export const providers = collection("/api/v1/identity-providers/{provider}");

/** Whether people could sign in there now. */
export function testProvider(provider: string): Promise<Schema<"ProviderCheck">> {
  return dataOf(api.POST("/api/v1/identity-providers/{provider}/test", { params: { path: { provider } } }));
}

const USERS = "users";

/** Accounts of whoever asks at identity providers. */
export const identitiesQuery = {
  queryKey: [USERS, "identities"],
  queryFn: () => dataOf(api.GET("/api/v1/auth/identities")),
};

export function linkIdentity(code: string, verifier: string) {
  return refreshAfter(USERS, dataOf(api.POST("/api/v1/auth/identities", { body: { code, verifier } })));
}

export function unlinkIdentity(provider: string) {
  const params = { path: { provider } };
  return refreshAfter(USERS, dataOf(api.DELETE("/api/v1/auth/identities/{provider}", { params })));
}
