import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Schema } from "../../api/types";

export type Provider = Schema<"IdentityProviderView">;

export const providersQuery = {
  queryKey: ["identity-providers", "list"],
  queryFn: () => pageOf(api.GET("/api/v1/identity-providers", { params: { query: { per_page: 1000 } } })),
};

export function providerQuery(provider: string) {
  return {
    queryKey: ["identity-providers", "one", provider],
    queryFn: () =>
      taggedOf(api.GET("/api/v1/identity-providers/{provider}", { params: { path: { provider } } })),
  };
}

export function makeProvider(body: Schema<"IdentityProviderRequest">) {
  return dataOf(api.POST("/api/v1/identity-providers", { body }));
}

export function changeProvider(provider: string, body: Schema<"IdentityProviderPatch">, tag: string) {
  const params = { path: { provider }, header: { "If-Match": tag } };
  return dataOf(api.PATCH("/api/v1/identity-providers/{provider}", { params, body }));
}

export function deleteProvider(provider: string) {
  return dataOf(api.DELETE("/api/v1/identity-providers/{provider}", { params: { path: { provider } } }));
}

export function testProvider(provider: string) {
  return dataOf(api.POST("/api/v1/identity-providers/{provider}/test", { params: { path: { provider } } }));
}
