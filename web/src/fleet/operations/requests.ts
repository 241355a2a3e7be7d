import { api, dataOf, pageOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { inWorkspace } from "../../components/workspace";

export type Operation = Schema<"OperationView">;

export function listOperations(
  filters: { kind: string; sort: string; workspace: string },
  page: number,
  perPage: number,
) {
  const query = {
    page,
    per_page: perPage,
    ...(filters.kind ? { kind: filters.kind } : {}),
    ...(filters.sort ? { sort: filters.sort } : {}),
    ...inWorkspace(filters.workspace),
  };
  return pageOf(api.GET("/api/v1/operations", { params: { query } }));
}

export function operationQuery(operation: string) {
  return {
    queryKey: ["operations", "one", operation],
    queryFn: () => dataOf(api.GET("/api/v1/operations/{operation}", { params: { path: { operation } } })),
  };
}

export function createOperation(body: Schema<"OperationRequest">) {
  return dataOf(api.POST("/api/v1/operations", { body }));
}

export function cancelOperation(operation: string) {
  return dataOf(api.POST("/api/v1/operations/{operation}/cancel", { params: { path: { operation } } }));
}

/** Tasks that have come to an end, of all. */
export function ended(counts: Record<string, number>): { done: number; all: number } {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { done: all - (counts.queued ?? 0) - (counts.running ?? 0), all };
}
