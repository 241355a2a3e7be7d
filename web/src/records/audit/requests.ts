import { api, dataOf, pageOf } from "../../api/client";
import { errorOf, unreachable } from "../../api/errors";
import { accessToken } from "../../api/session";
import type { Schema } from "../../api/types";
import { inWorkspace } from "../../components/workspace";

export type AuditRow = Schema<"AuditView">;

export interface AuditFilters {
  actor: string;
  action: string;
  resource: string;
  outcome: string;
  /** A key of PERIODS; "": any time. */
  period: string;
  workspace: string;
}

export const PERIODS: Record<string, number> = {
  "1h": 3600,
  "24h": 86_400,
  "7d": 7 * 86_400,
  "30d": 30 * 86_400,
};

/** As the API asks for it; `now` is in milliseconds. */
export function queryOf(filters: AuditFilters, now: number): Record<string, string> {
  const seconds = PERIODS[filters.period];
  return {
    ...(filters.actor ? { actor: filters.actor } : {}),
    ...(filters.action ? { action: filters.action } : {}),
    ...(filters.resource ? { resource: filters.resource } : {}),
    ...(filters.outcome ? { outcome: filters.outcome } : {}),
    ...(seconds === undefined ? {} : { since: new Date(now - seconds * 1000).toISOString() }),
    ...inWorkspace(filters.workspace),
  };
}

export function listAudit(filters: AuditFilters, page: number, perPage: number) {
  const query = { page, per_page: perPage, ...queryOf(filters, Date.now()) };
  return pageOf(api.GET("/api/v1/audit-log", { params: { query: query as object } }));
}

export function auditRowQuery(row: string) {
  return {
    queryKey: ["audit-row", row],
    queryFn: () => dataOf(api.GET("/api/v1/audit-log/{row}", { params: { path: { row } } })),
  };
}

export function verifyLog() {
  return dataOf(api.GET("/api/v1/audit-log/verification"));
}

const EXPORTED_AT_ONCE = 100_000;

/** The rows that match as one file, fetched with the session's token: a link could not carry it. Raises ApiError. */
export async function exportAudit(filters: AuditFilters, format: "csv" | "json"): Promise<Blob> {
  const query = new URLSearchParams({
    format,
    limit: String(EXPORTED_AT_ONCE),
    ...queryOf(filters, Date.now()),
  });
  let response: Response;
  try {
    response = await fetch(`/api/v1/audit-log/export?${query}`, {
      headers: { Authorization: `Bearer ${await accessToken()}` },
    });
  } catch (cause) {
    throw unreachable(cause);
  }
  if (!response.ok) throw errorOf(response, await response.json().catch(() => undefined));
  return response.blob();
}
