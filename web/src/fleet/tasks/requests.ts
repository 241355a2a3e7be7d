import { api, dataOf, pageOf } from "../../api/client";
import type { Schema, Task, TaskState } from "../../api/types";
import { inWorkspace } from "../../components/workspace";

export interface TaskFilters {
  node: string;
  state: string;
  kind: string;
  search: string;
  sort: string;
  workspace: string;
}

export function listTasks(filters: TaskFilters, page: number, perPage: number) {
  const query = {
    page,
    per_page: perPage,
    ...(filters.node ? { node: filters.node } : {}),
    ...(filters.state ? { state: filters.state as TaskState } : {}),
    ...(filters.kind ? { kind: filters.kind } : {}),
    ...(filters.search ? { search: filters.search } : {}),
    ...(filters.sort ? { sort: filters.sort } : {}),
    ...inWorkspace(filters.workspace),
  };
  return pageOf(api.GET("/api/v1/tasks", { params: { query } }));
}

export const kindsQuery = {
  queryKey: ["task-kinds"],
  queryFn: () => dataOf(api.GET("/api/v1/tasks/kinds")),
};

export function taskQuery(task: string) {
  return {
    queryKey: ["tasks", "one", task],
    queryFn: () => dataOf(api.GET("/api/v1/tasks/{task}", { params: { path: { task } } })),
  };
}

export function createTask(body: Schema<"TaskRequest">): Promise<Task> {
  return dataOf(api.POST("/api/v1/tasks", { body }));
}

export function cancelTask(task: string): Promise<Task> {
  return dataOf(api.POST("/api/v1/tasks/{task}/cancel", { params: { path: { task } } }));
}

export function retryTask(task: string): Promise<Task> {
  return dataOf(api.POST("/api/v1/tasks/{task}/retry", { params: { path: { task } } }));
}

const LOG_PAGE = 1000;

/** All lines after `sequence`, page by page. */
export async function logAfter(task: string, sequence: number): Promise<Schema<"LogLine">[]> {
  const found: Schema<"LogLine">[] = [];
  for (let after = sequence; ; ) {
    const query = { after, limit: LOG_PAGE };
    const page = await dataOf(api.GET("/api/v1/tasks/{task}/logs", { params: { path: { task }, query } }));
    found.push(...page);
    const last = page.at(-1);
    if (page.length < LOG_PAGE || last === undefined) return found;
    after = last.sequence;
  }
}

export function isOpen(task: Task): boolean {
  return task.state === "queued" || task.state === "running";
}
