import type { Line } from "../../components/chartLayers";
import type { LogSummary } from "./requests";

const MINUTE_S = 60;
type Point = LogSummary["series"][number];

export interface TrafficSeries {
  /** Unix seconds. */
  timestamps: number[];
  requests: number[];
  errors: number[];
  bytes: number[];
  p50: Line["values"];
  p95: Line["values"];
}

/** Figures of each step of a summary: by the minute, and none where nothing was asked. The API leaves those out. */
export function seriesOf({ since, until, step, series }: LogSummary): TrafficSeries {
  const points = new Map(series.map((point) => [Date.parse(point.at) / 1000, point]));
  const first = Math.floor(Date.parse(since) / 1000 / step) * step;
  const timestamps: number[] = [];
  for (let at = first; at * 1000 < Date.parse(until); at += step) timestamps.push(at);
  const perMinute = (figure: (point: Point) => number) =>
    timestamps.map((at) => {
      const point = points.get(at);
      return point ? (figure(point) * MINUTE_S) / step : 0;
    });
  return {
    timestamps,
    requests: perMinute(({ requests }) => requests),
    errors: perMinute(({ status }) => status.server_error),
    bytes: perMinute(({ bytes }) => bytes / MINUTE_S),
    p50: timestamps.map((at) => points.get(at)?.p50_ms ?? null),
    p95: timestamps.map((at) => points.get(at)?.p95_ms ?? null),
  };
}
