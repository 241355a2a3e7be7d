import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Task = Schema<"TaskView">;
export type TaskKind = Schema<"TaskKindView">;
export type LogLine = Schema<"LogLine">;

export const tasks = collection("/api/v1/tasks/{task}");

/** Narrowing a list of tasks; all are optional. */
export type TaskQuery = Parameters<typeof tasks.list>[0];

export const kindsQuery = {
  queryKey: ["task-kinds"],
  queryFn: () => dataOf(api.GET("/api/v1/tasks/kinds")),
};

/** How the mesh runs, if it does: as the mesh's page asks for it. */
export const meshQuery = { queryKey: ["mesh", "info"], queryFn: () => dataOf(api.GET("/api/v1/mesh")) };

export function cancelTask(task: string): Promise<Task> {
  return tasks.refreshAfter(dataOf(api.POST("/api/v1/tasks/{task}/cancel", { params: { path: { task } } })));
}

/** A new task that is the same. */
export function retryTask(task: string): Promise<Task> {
  return tasks.refreshAfter(dataOf(api.POST("/api/v1/tasks/{task}/retry", { params: { path: { task } } })));
}

const LOG_PAGE = 1000;

/** All lines after `sequence`, page by page. */
export async function logAfter(task: string, sequence: number): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let after = sequence; ; ) {
    const params = { path: { task }, query: { after, limit: LOG_PAGE } };
    const page = await dataOf(api.GET("/api/v1/tasks/{task}/logs", { params }));
    lines.push(...page);
    const last = page.at(-1);
    if (page.length < LOG_PAGE || last === undefined) return lines;
    after = last.sequence;
  }
}
