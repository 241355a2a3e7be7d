import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { filled, searchRows } from "../../components/searchRows";

export type Key = Schema<"KeyView">;
export type NewKey = Schema<"NewKey">;

export interface KeyFilters {
  search: string;
  state: string;
  sort: string;
  /** "mine": one's own alone. */
  whose: string;
}

export function listKeys({ search, state, sort, whose }: KeyFilters, page: number, perPage: number) {
  const path = whose === "mine" ? ("/api/v1/personal-keys" as const) : ("/api/v1/keys" as const);
  return searchRows<Key>(
    search,
    (key) => [key.name, key.access_key, key.user],
    (at, count) =>
      pageOf(
        api.GET(path, {
          params: {
            query: { page: at, per_page: count, ...filled({ state: state as "valid" | "", sort }) } as never,
          },
        }),
      ),
    page,
    perPage,
  );
}

export function keyQuery(key: string) {
  return {
    queryKey: ["keys", "one", key],
    queryFn: () => taggedOf(api.GET("/api/v1/keys/{key}", { params: { path: { key } } })),
  };
}

export function makeServiceKey(body: Schema<"ServiceKeyRequest">) {
  return dataOf(api.POST("/api/v1/keys", { body }));
}

export function makePersonalKey(body: Schema<"PersonalKeyRequest">) {
  return dataOf(api.POST("/api/v1/personal-keys", { body }));
}

export function changeKey(key: string, body: Schema<"KeyPatch">, tag: string) {
  return dataOf(
    api.PATCH("/api/v1/keys/{key}", { params: { path: { key }, header: { "If-Match": tag } }, body }),
  );
}

export function rotateKey(key: string, overlap: string) {
  return dataOf(api.POST("/api/v1/keys/{key}/rotate", { params: { path: { key } }, body: { overlap } }));
}

export function revokeKey(key: string) {
  return dataOf(api.DELETE("/api/v1/keys/{key}", { params: { path: { key } } }));
}
