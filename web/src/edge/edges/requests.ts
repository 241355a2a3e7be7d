import { api, dataOf } from "../../api/client";
import { collection, type List, listAt, type RowsPage } from "../../api/collection";
import { refreshAfter } from "../../api/queries";
import type { Schema } from "../../api/types";

export type EdgeRow = Schema<"EdgeView"> & { id: string; name: string };
export type EdgeDetails = Schema<"EdgeDetails">;
export type Order = Schema<"NginxOrder">["action"];
export type Served = Schema<"ServedView">;

export const edges = collection("/api/v1/edges/{edge}");
export const tasks = collection("/api/v1/tasks/{task}");
export const served = listAt("/api/v1/edge/served");

type Query = Parameters<typeof edges.list>[0];

/** With the node's id and name as those of the row. */
export const edgeList: List<EdgeRow, Query> = {
  ...edges,
  list: async (query) => named(await edges.list(query)),
  all: (query) => {
    const { queryKey, queryFn } = edges.all(query);
    return { queryKey: [...queryKey, "named"], queryFn: async () => named(await queryFn()) };
  },
};

function named({ rows, meta }: RowsPage<Schema<"EdgeView">>): RowsPage<EdgeRow> {
  return { rows: rows.map((row) => ({ ...row, id: row.node_id, name: row.node })), meta };
}

/** Which files are not as they were written, and how they differ. */
export function driftQuery(edge: string) {
  return {
    queryKey: [edges.name, "drift", edge],
    queryFn: () => dataOf(api.GET("/api/v1/edges/{edge}/drift", { params: { path: { edge } } })),
  };
}

/** Which version of what an edge serves. */
export function servedQuery(node: string) {
  return {
    queryKey: [served.name, "all", node],
    queryFn: () => served.list({ node, per_page: 1000 }),
  };
}

/** The answer is the task that carries it out. */
export function orderNginx(edge: string, action: Order) {
  const params = { path: { edge } };
  return refreshAfter(
    tasks.name,
    dataOf(api.POST("/api/v1/edges/{edge}/nginx", { params, body: { action } })),
  );
}
