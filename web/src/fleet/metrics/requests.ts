import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { inWorkspace } from "../../components/workspace";

export type Range = "1h" | "24h" | "30d";
export type MetricsAnswer = Pick<Schema<"NodeMetrics">, "timestamps" | "series" | "step" | "since" | "until">;

const SECONDS: Record<Range, number> = { "1h": 3600, "24h": 86_400, "30d": 30 * 86_400 };
/** As many as a chart has room for. */
const POINTS = 360;

/** For useQuery. */
export interface MetricsQuery {
  queryKey: string[];
  queryFn: () => Promise<MetricsAnswer>;
}

/** `step`: seconds between two points. */
function span(range: Range): { since: string; step: number } {
  const seconds = SECONDS[range];
  return {
    since: new Date(Date.now() - seconds * 1000).toISOString(),
    step: Math.max(10, Math.ceil(seconds / POINTS)),
  };
}

export function nodeMetricsQuery(node: string, range: Range): MetricsQuery {
  return {
    queryKey: ["metrics", "node", node, range],
    queryFn: () => dataOf(api.GET("/api/v1/metrics", { params: { query: { node, ...span(range) } } })),
  };
}

export function fleetMetricsQuery(workspace: string, range: Range): MetricsQuery {
  return {
    queryKey: ["metrics", "fleet", workspace, range],
    queryFn: () => {
      const { since, step } = span(range);
      const query = { since, step: Math.max(60, step), ...inWorkspace(workspace) };
      return dataOf(api.GET("/api/v1/metrics/fleet", { params: { query } }));
    },
  };
}

/** The values of a metric; with `whole`, as percent of that metric. */
export function valuesOf(answer: MetricsAnswer, metric: string, whole?: string): (number | null)[] {
  const values = answer.series.find((series) => series.metric === metric)?.avg ?? [];
  if (whole === undefined) return values;
  const totals = answer.series.find((series) => series.metric === whole)?.avg ?? [];
  return values.map((value, index) => {
    const total = totals[index];
    return value === null || !total ? null : (100 * value) / total;
  });
}
