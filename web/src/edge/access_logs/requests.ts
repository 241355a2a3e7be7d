import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { filled } from "../../components/collection/searchRows";
import { rangeOf } from "../../components/period/period";

export type LogEntry = Schema<"LogEntry">;
export type LogSummary = Schema<"LogSummary">;
export type SqlAnswer = Schema<"SqlAnswer">;

/** What requests are narrowed to, as the API has it, but for the time; empty words are left out. */
export interface LogFilter {
  q?: string;
  host?: string;
  uri?: string;
  status?: string;
  method?: string;
  client?: string;
  node?: string;
  virtual_host?: string;
  workspace?: string;
}

const NAME = "access-logs";
const PER_PAGE = 100;

export function toApi(filter: LogFilter, range: string) {
  return { ...(filled({ ...filter }) as LogFilter), ...rangeOf(range, new Date()) };
}

/** For useInfiniteQuery: newest first. */
export function searchQuery(filter: LogFilter, range: string) {
  return {
    queryKey: [NAME, "search", filter, range],
    queryFn: ({ pageParam }: { pageParam: string }) => {
      const query = {
        ...toApi(filter, range),
        per_page: PER_PAGE,
        ...(pageParam ? { before: pageParam } : {}),
      };
      return dataOf(api.GET("/api/v1/access-logs", { params: { query } }));
    },
    initialPageParam: "",
    getNextPageParam: ({ next }: Schema<"LogPage">) => next ?? undefined,
    staleTime: 0,
  };
}

export function summaryQuery(filter: LogFilter, range: string) {
  return {
    queryKey: [NAME, "summary", filter, range],
    queryFn: () =>
      dataOf(api.GET("/api/v1/access-logs/summary", { params: { query: toApi(filter, range) } })),
    staleTime: 0,
  };
}

export function askSql(filter: LogFilter, range: string, sql: string): Promise<SqlAnswer> {
  const { workspace, ...body } = toApi(filter, range);
  const params = { query: workspace ? { workspace } : {} };
  return dataOf(api.POST("/api/v1/access-logs/query", { params, body: { ...body, sql } }));
}
