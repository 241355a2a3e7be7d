import { api, dataOf } from "../../api/client";
import { collection, type List } from "../../api/collection";
import type { Schema } from "../../api/types";
import { rangeOf } from "../../components/period/period";

export type Task = Schema<"TaskView">;
export type TaskKind = Schema<"TaskKindView">;
export type LogLine = Schema<"LogLine">;

export const tasks = collection("/api/v1/tasks/{task}");

type ApiQuery = Parameters<typeof tasks.list>[0];

/** Narrowing a list of tasks; all are optional. `period`: when they were created, as `rangeOf` takes it. */
export type TaskQuery = Omit<ApiQuery, "since" | "until"> & { period?: string };

/** As the API takes it. */
function toApi({ period = "", ...query }: TaskQuery): ApiQuery {
  return { ...query, ...rangeOf(period, new Date()) };
}

/** The list, with periods instead of two times. */
export const taskList: List<Task, TaskQuery> = {
  name: tasks.name,
  path: tasks.path,
  all: tasks.all,
  list: (query) => tasks.list(toApi(query)),
  csv: (query) => csvOf(toApi(query)),
};

function csvOf(query: ApiQuery): Promise<Blob> {
  return tasks.csv?.(query) ?? Promise.reject(new Error("tasks have a list"));
}

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
