import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Operation = Schema<"OperationView">;

export const operations = collection("/api/v1/operations/{operation}");

/** Cancels the tasks of it that are not over. */
export function cancelOperation(operation: string) {
  const params = { path: { operation } };
  return operations.refreshAfter(dataOf(api.POST("/api/v1/operations/{operation}/cancel", { params })));
}

/** How many of an operation's tasks are over, of how many. */
export function finished({ counts }: Pick<Operation, "counts">): { done: number; all: number } {
  const byState: Record<string, number> = { ...counts };
  const all = Object.values(byState).reduce((sum, count) => sum + count, 0);
  return { done: all - (byState.queued ?? 0) - (byState.running ?? 0), all };
}
