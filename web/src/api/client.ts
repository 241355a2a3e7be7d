import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, errorOf, unreachable } from "./errors";
import { mayGoOn } from "./recent";
import type { paths } from "./schema";
import { accessToken, end, renew } from "./session";

const authorise: Middleware = {
  async onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${await accessToken()}`);
    return request;
  },
  onError({ error }) {
    return error instanceof ApiError ? error : unreachable(error);
  },
};

/** One renewal and one repetition when the token was refused: the control plane may have new keys. */
async function fetchAgainOnce(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await fetch(request);
  if (await mayGoOn(response)) return fetch(again);
  if (response.status !== 401) return response;
  const refused = (request.headers.get("Authorization") ?? "").replace("Bearer ", "");
  again.headers.set("Authorization", `Bearer ${await renew(refused)}`);
  const second = await fetch(again);
  if (second.status === 401) end();
  return second;
}

/** The typed client of the REST API. */
export const api = createClient<paths, "application/json">({
  baseUrl: location.origin,
  fetch: fetchAgainOnce,
  cache: "no-store",
});
api.use(authorise);

export interface Meta {
  page: number;
  per_page: number;
  total: number;
  cursor?: number;
}

/** What openapi-fetch answers. */
export interface Answered {
  data?: unknown;
  error?: unknown;
  response: Response;
}

type DataOf<T> = T extends { data: { data: infer Inner } } ? Inner : never;

/** The `data` of an answer. Raises ApiError. */
export async function dataOf<T extends Answered>(request: Promise<T>): Promise<DataOf<T>> {
  const { data, error, response } = await request;
  if (!response.ok) throw errorOf(response, error);
  return (data as { data: DataOf<T> }).data;
}

/** One page of a list, with its total. Raises ApiError. */
export async function pageOf<T extends Answered>(
  request: Promise<T>,
): Promise<{ rows: DataOf<T>; meta: Meta }> {
  const { data, error, response } = await request;
  if (!response.ok) throw errorOf(response, error);
  const envelope = data as { data: DataOf<T>; meta: Meta };
  return { rows: envelope.data, meta: envelope.meta };
}

/** A resource, and the tag that a change of it is sent with (If-Match), so that nobody's change is overwritten. */
export interface Tagged<Value> {
  value: Value;
  tag: string;
}

/** A resource with its tag. Raises ApiError. */
export async function taggedOf<T extends Answered>(request: Promise<T>): Promise<Tagged<DataOf<T>>> {
  const { data, error, response } = await request;
  if (!response.ok) throw errorOf(response, error);
  return { value: (data as { data: DataOf<T> }).data, tag: response.headers.get("ETag") ?? "" };
}
