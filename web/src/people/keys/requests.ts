import { api, dataOf } from "../../api/client";
import { collection, listAt } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Key = Schema<"KeyView">;
export type NewKey = Schema<"NewKey">;

/** Keys of services and people. */
export const keys = collection("/api/v1/keys/{key}");
/** The keys of whoever asks. */
export const personalKeys = listAt("/api/v1/personal-keys", keys.name);

export function createPersonalKey(body: Schema<"PersonalKeyRequest">): Promise<NewKey> {
  return keys.refreshAfter(dataOf(api.POST("/api/v1/personal-keys", { body })));
}

/** A new secret; the old one is good for another `overlap` ("24h"). */
export function rotateKey(key: string, overlap: string): Promise<NewKey> {
  const params = { path: { key } };
  return keys.refreshAfter(dataOf(api.POST("/api/v1/keys/{key}/rotate", { params, body: { overlap } })));
}
