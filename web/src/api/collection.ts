import { type Answered, api, dataOf, pageOf, type Tagged, taggedOf } from "./client";
import { errorOf } from "./errors";
import { queryClient, refreshAfter } from "./queries";
import type { paths } from "./schema";

// Every collection of the API answers the same requests: GET and POST on its own path, GET, PATCH and DELETE on the
// path of one resource. They are made here from that path; what else a collection can do is in its slice's
// `requests.ts`. All types come from `schema.ts`, and a request that the API does not have cannot be called.

type Path = Extract<keyof paths, string>;
type Operation<P, Method extends string> = P extends Path
  ? paths[P] extends Record<Method, infer O>
    ? O
    : never
  : never;
type Json<Data> = { content: { "application/json": { data: Data } } };
type DataOf<O> = O extends { responses: { 200: Json<infer D> } | { 201: Json<infer D> } } ? D : never;
type BodyOf<O> = O extends { requestBody?: { content: { "application/json": infer B } } } ? B : never;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

/** A page of a list, and how many rows there are in all. */
export interface RowsPage<Row> {
  rows: Row[];
  meta: { total: number };
}

/** A list of the API. */
export interface List<Row, Query> {
  /** The first part of the keys under which answers are kept; events bring those up to date. */
  name: string;
  path: string;
  /** One page of it. Raises ApiError. */
  list(query: Query): Promise<RowsPage<Row>>;
  /** All rows that match, as CSV; absent: there is another way to take them out. Raises ApiError. */
  csv?(query: Query): Promise<Blob>;
  /** For useQuery: the rows that match, up to a thousand. */
  all(query?: Query): { queryKey: unknown[]; queryFn: () => Promise<RowsPage<Row>> };
}

type ListAt<P extends string> =
  DataOf<Operation<P, "get">> extends (infer Row)[] ? List<Row, QueryOf<Operation<P, "get">>> : never;

/** One resource of a collection at its path, such as "/api/v1/groups/{group}". */
type ItemPath = Extract<Path, `${string}/{${string}}`>;
type ListPath<P extends string> = P extends `${infer L}/{${string}}` ? L : never;
type Requests<P extends string> = {
  /** The name of the path's parameter, here and in the dashboard's own addresses: "group". */
  param: string;
  /** For useQuery: the resource with this id or name, and its tag. */
  get(id: string): { queryKey: unknown[]; queryFn: () => Promise<Tagged<DataOf<Operation<P, "get">>>> };
  /** This and what follows make what is shown of the collection up to date, too. All raise ApiError. */
  create(body: BodyOf<Operation<ListPath<P>, "post">>): Promise<DataOf<Operation<ListPath<P>, "post">>>;
  /** With `tag`, refused (412) when somebody else has changed the resource since it was read. */
  change(
    id: string,
    body: BodyOf<Operation<P, "patch">>,
    tag?: string,
  ): Promise<DataOf<Operation<P, "patch">>>;
  remove(id: string, query?: QueryOf<Operation<P, "delete">>): Promise<DataOf<Operation<P, "delete">>>;
  /** For useQuery: what would go with it, where the API can tell (`dry_run`). */
  preview: QueryOf<Operation<P, "delete">> extends { dry_run?: boolean }
    ? (id: string) => { queryKey: unknown[]; queryFn: () => Promise<DataOf<Operation<P, "delete">>> }
    : never;
  /** For any other change of the collection: `refreshAfter(dataOf(api.POST(...)))`. */
  refreshAfter<T>(change: Promise<T>): Promise<T>;
};

export type Collection<P extends ItemPath> = ListAt<ListPath<P>> & Requests<P>;

// The types above vouch for what is asked here.
const untyped = api as unknown as Record<
  "GET" | "POST" | "PATCH" | "DELETE",
  (path: string, init: object) => Promise<Answered>
>;
const MOST_PER_PAGE = 1000;

/** The list at this path. `name`: that of the collection whose events concern it; absent: the path's last word. */
export function listAt<P extends Path>(path: P, name: string = lastWord(path)): ListAt<P> {
  const list = (query: object) => pageOf(untyped.GET(path, { params: { query } }));
  return {
    name,
    path,
    list,
    csv: (query: object) => csvOf(path, query),
    all: (query: object = {}) => ({
      queryKey: [name, "all", path, query],
      queryFn: () => list({ per_page: MOST_PER_PAGE, ...query }),
    }),
  } as unknown as ListAt<P>;
}

/** Page by page, with the heading of the first. */
async function csvOf(path: string, query: object): Promise<Blob> {
  const parts: string[] = [];
  for (let page = 1; ; page += 1) {
    const { data, error, response } = await untyped.GET(path, {
      params: { query: { ...query, page, per_page: MOST_PER_PAGE } },
      headers: { Accept: "text/csv" },
      parseAs: "text",
    });
    if (!response.ok) throw errorOf(response, error);
    const text = String(data);
    parts.push(page === 1 ? text : text.slice(text.indexOf("\r\n") + 2));
    if (!response.headers.has("Link")) return new Blob(parts, { type: "text/csv" });
  }
}

/** The collection of which this is the path of one resource: `collection("/api/v1/groups/{group}")`. */
export function collection<P extends ItemPath>(path: P): Collection<P> {
  const [base = "", param = ""] = path.slice(0, -1).split("/{");
  const name = lastWord(base);
  const at = (id: string) => ({ path: { [param]: id } });
  const refreshed = <T>(change: Promise<T>): Promise<T> => refreshAfter(name, change);
  const requests = {
    param,
    get: (id: string) => ({
      queryKey: [name, "resource", id],
      queryFn: () => taggedOf(untyped.GET(path, { params: at(id) })),
    }),
    create: (body: object) => refreshed(dataOf(untyped.POST(base, { body }))),
    change: (id: string, body: object, tag?: string) => {
      const params = { ...at(id), ...(tag ? { header: { "If-Match": tag } } : {}) };
      return refreshed(dataOf(untyped.PATCH(path, { params, body })));
    },
    remove: async (id: string, query: object = {}) => {
      const answer = await dataOf(untyped.DELETE(path, { params: { ...at(id), query } }));
      // Not what is shown of the removed one itself: its page is left next, and would only find nothing. Where it is
      // not on the screen it is forgotten.
      queryClient.removeQueries({ queryKey: [name, "resource", id], type: "inactive" });
      void queryClient.invalidateQueries({
        predicate: ({ queryKey: [first, , of] }) => first === name && of !== id,
      });
      return answer;
    },
    preview: (id: string) => ({
      queryKey: [name, "deletion", id],
      queryFn: () => dataOf(untyped.DELETE(path, { params: { ...at(id), query: { dry_run: true } } })),
    }),
    refreshAfter: refreshed,
  };
  return Object.assign(listAt(base as Path, name) as object, requests) as unknown as Collection<P>;
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
