import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";
import type { Line } from "../../components/chartLayers";
import { inWorkspace } from "../../components/workspace";
import { spanOf } from "./chartRange";

export type MetricsAnswer = Pick<Schema<"NodeMetrics">, "timestamps" | "series" | "step" | "since" | "until">;
const MINUTE_S = 60;

/** For useQuery. */
export interface MetricsQuery {
  queryKey: string[];
  queryFn: () => Promise<MetricsAnswer>;
}

export function nodeMetricsQuery(node: string, range: string): MetricsQuery {
  return {
    queryKey: ["metrics", "node", node, range],
    queryFn: () => {
      const query = { node, ...spanOf(range, new Date()) };
      return dataOf(api.GET("/api/v1/metrics", { params: { query } }));
    },
  };
}

export function fleetMetricsQuery(workspace: string, range: string): MetricsQuery {
  return {
    queryKey: ["metrics", "fleet", workspace, range],
    queryFn: () => {
      const { step, ...span } = spanOf(range, new Date());
      const query = { ...span, step: Math.max(MINUTE_S, step), ...inWorkspace(workspace) };
      return dataOf(api.GET("/api/v1/metrics/fleet", { params: { query } }));
    },
  };
}

type Values = (number | null)[];

/** A metric, with its extremes where its points are more than single samples; with `whole`, as percent of that. */
export function lineOf(answer: MetricsAnswer, label: string, metric: string, whole?: string): Line {
  const series = answer.series.find((one) => one.metric === metric);
  const totals = answer.series.find((one) => one.metric === whole)?.avg ?? [];
  const share = (values: Values): Values =>
    whole === undefined
      ? values
      : values.map((value, index) => {
          const total = totals[index];
          return value === null || !total ? null : (100 * value) / total;
        });
  if (!series) return { label, values: [] };
  const { avg, min, max } = series;
  return { label, values: share(avg), ...(min && max && { min: share(min), max: share(max) }) };
}
