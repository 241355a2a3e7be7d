import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { filled, searchRows } from "../../components/searchRows";
import { inWorkspace } from "../../components/workspace";

export type Secret = Schema<"SecretView">;
export type SecretValue = Schema<"SecretValueView">;

export interface SecretFilters {
  search: string;
  label: string;
  sort: string;
  workspace: string;
}

export function listSecrets(
  { search, label, sort, workspace }: SecretFilters,
  page: number,
  perPage: number,
) {
  return searchRows<Secret>(
    search,
    (secret) => [secret.name, secret.description],
    (at, count) =>
      pageOf(
        api.GET("/api/v1/secrets", {
          params: {
            query: { page: at, per_page: count, ...filled({ label, sort }), ...inWorkspace(workspace) },
          },
        }),
      ),
    page,
    perPage,
  );
}

export function secretQuery(secret: string) {
  return {
    queryKey: ["secrets", "one", secret],
    queryFn: () => taggedOf(api.GET("/api/v1/secrets/{secret}", { params: { path: { secret } } })),
  };
}

export function versionsQuery(secret: string) {
  return {
    queryKey: ["secrets", "versions", secret],
    queryFn: () => dataOf(api.GET("/api/v1/secrets/{secret}/versions", { params: { path: { secret } } })),
  };
}

export function makeSecret(body: Schema<"SecretRequest">) {
  return dataOf(api.POST("/api/v1/secrets", { body }));
}

export function changeSecret(secret: string, body: Schema<"SecretPatch">, tag: string) {
  const params = { path: { secret }, header: { "If-Match": tag } };
  return dataOf(api.PATCH("/api/v1/secrets/{secret}", { params, body }));
}

export function setSecretValue(secret: string, body: Schema<"NewSecretValue">, tag: string) {
  const params = { path: { secret }, header: { "If-Match": tag } };
  return dataOf(api.PUT("/api/v1/secrets/{secret}/value", { params, body }));
}

/** Leaves a row in the audit log: asked for by a person alone, and never kept in the cache. */
export function revealSecret(secret: string, version: number): Promise<SecretValue> {
  return dataOf(
    api.GET("/api/v1/secrets/{secret}/value", { params: { path: { secret }, query: { version } } }),
  );
}

export function rollBack(secret: string, version: number) {
  return dataOf(
    api.POST("/api/v1/secrets/{secret}/rollback", { params: { path: { secret } }, body: { version } }),
  );
}

/** `force`: also when something uses it. */
export function deleteSecret(secret: string, force: boolean) {
  return dataOf(api.DELETE("/api/v1/secrets/{secret}", { params: { path: { secret }, query: { force } } }));
}
