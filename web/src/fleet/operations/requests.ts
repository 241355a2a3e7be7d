import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Operation = Schema<"OperationView">;

export const operations = collection("/api/v1/operations/{operation}");

/** Nothing further begins; of what runs the nodes are told to stop. `undo`: what was done is taken back, too. */
export function cancelOperation(operation: string, undo: boolean) {
  const params = { path: { operation } };
  return operations.refreshAfter(
    dataOf(api.POST("/api/v1/operations/{operation}/cancel", { params, body: { undo } })),
  );
}

/** Nothing further begins for now. */
export function pauseOperation(operation: string) {
  const params = { path: { operation } };
  return operations.refreshAfter(dataOf(api.POST("/api/v1/operations/{operation}/pause", { params })));
}

/** Goes on, and tries again what failed. */
export function resumeOperation(operation: string) {
  const params = { path: { operation } };
  return operations.refreshAfter(dataOf(api.POST("/api/v1/operations/{operation}/resume", { params })));
}

/** How many of an operation's steps are over, of how many. */
export function finished({ counts }: Pick<Operation, "counts">): { done: number; all: number } {
  const all = counts.total ?? 0;
  return { done: all - (counts.queued ?? 0) - (counts.running ?? 0), all };
}
