import { api, dataOf } from "../../api/client";
import { type List, listAt } from "../../api/collection";
import { errorOf, unreachable } from "../../api/errors";
import { accessToken } from "../../api/session";
import type { Schema } from "../../api/types";
import { rangeOf } from "../../components/period/period";

export type AuditRow = Schema<"AuditView">;

const rows = listAt("/api/v1/audit-log");

type ApiQuery = Parameters<typeof rows.list>[0];
/** `period`: as `rangeOf` takes it. */
export type AuditQuery = Omit<ApiQuery, "since" | "until"> & { period?: string };

/** As the API takes it. */
function toApi({ period = "", ...query }: AuditQuery): ApiQuery {
  return { ...query, ...rangeOf(period, new Date()) };
}

export const auditLog: List<AuditRow, AuditQuery> = {
  ...rows,
  list: (query) => rows.list(toApi(query)),
  // It has an export of its own, which leaves an entry.
  csv: undefined,
};

export function auditRowQuery(row: string) {
  return {
    queryKey: ["audit-row", row],
    queryFn: () => dataOf(api.GET("/api/v1/audit-log/{row}", { params: { path: { row } } })),
  };
}

/** How long entries are kept, and how far a search reaches. */
export const auditRetention = {
  queryKey: ["audit-retention"],
  queryFn: () => dataOf(api.GET("/api/v1/audit-log/retention")),
  staleTime: 60_000,
};

/** Whether the chain of hashes holds. */
export function verifyLog() {
  return dataOf(api.GET("/api/v1/audit-log/verification"));
}

const MOST_EXPORTED = 100_000;

/** The rows that match as one file. It is fetched, because a link could not carry the session. Raises ApiError. */
export async function exportAudit(query: AuditQuery, format: "csv" | "json"): Promise<Blob> {
  const words = Object.entries(toApi(query)).map(([name, value]) => [name, String(value)]);
  const search = new URLSearchParams([...words, ["format", format], ["limit", String(MOST_EXPORTED)]]);
  let response: Response;
  try {
    response = await fetch(`/api/v1/audit-log/export?${search}`, {
      headers: { Authorization: `Bearer ${await accessToken()}` },
    });
  } catch (cause) {
    throw unreachable(cause);
  }
  if (!response.ok) throw errorOf(response, await response.json().catch(() => undefined));
  return response.blob();
}
