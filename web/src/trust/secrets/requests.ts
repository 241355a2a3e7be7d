import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Secret = Schema<"SecretView">;
export type SecretValue = Schema<"SecretValueView">;

export const secrets = collection("/api/v1/secrets/{secret}");

export function versionsQuery(secret: string) {
  return {
    queryKey: [secrets.name, "versions", secret],
    queryFn: () => dataOf(api.GET("/api/v1/secrets/{secret}/versions", { params: { path: { secret } } })),
  };
}

export function setSecretValue(secret: string, body: Schema<"NewSecretValue">, tag: string) {
  const params = { path: { secret }, header: { "If-Match": tag } };
  return secrets.refreshAfter(dataOf(api.PUT("/api/v1/secrets/{secret}/value", { params, body })));
}

/** Leaves a row in the audit log: asked for by a person alone, and never kept in the cache. */
export function revealSecret(secret: string, version: number): Promise<SecretValue> {
  const params = { path: { secret }, query: { version } };
  return dataOf(api.GET("/api/v1/secrets/{secret}/value", { params }));
}

/** Makes the value of an older version the current one again. */
export function rollBack(secret: string, version: number) {
  const params = { path: { secret } };
  return secrets.refreshAfter(
    dataOf(api.POST("/api/v1/secrets/{secret}/rollback", { params, body: { version } })),
  );
}

export const masterKeyQuery = {
  queryKey: [secrets.name, "master-key"],
  queryFn: () => dataOf(api.GET("/api/v1/secrets/master-key")),
};

export function rotateMasterKey() {
  return secrets.refreshAfter(dataOf(api.POST("/api/v1/secrets/master-key/rotations")));
}
