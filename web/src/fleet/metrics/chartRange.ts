import { useNavigate, useSearch } from "@tanstack/react-router";
import { PRESETS, periodOf, rangeOf } from "../../components/period/period";

// The time that all charts of a page show, in the page's address as `range`: as `rangeOf` takes it.

export const DEFAULT_RANGE = "1h";
export const CHART_RANGES = ["1h", "6h", "24h", "7d", "30d"] as const;
/** As many as a chart has room for. */
const POINTS = 360;
/** Between two samples; what is shorter than some of them is no curve. */
const SAMPLE_S = 10;
const SHORTEST_MS = 60_000;

/** What to ask for. `step`: seconds between two points. */
export interface Span {
  since: string;
  until?: string;
  step: number;
}

export function spanOf(range: string, now: Date): Span {
  const asked = rangeOf(range, now);
  const since = asked.since ?? rangeOf(DEFAULT_RANGE, now).since ?? now.toISOString();
  const end = asked.until === undefined ? now.getTime() : Date.parse(asked.until);
  // An end before its beginning, of an address that was typed.
  if (end <= Date.parse(since)) return spanOf(DEFAULT_RANGE, now);
  const seconds = (end - Date.parse(since)) / 1000;
  const step = Math.max(SAMPLE_S, Math.ceil(seconds / POINTS));
  return { since, ...(asked.until !== undefined && { until: asked.until }), step };
}

/** From one moment (Unix seconds) to another, or a little more where they are close together. */
export function rangeBetween(from: number, to: number): string {
  const [since, until] = [from * 1000, Math.max(to * 1000, from * 1000 + SHORTEST_MS)];
  return periodOf({ since: new Date(since).toISOString(), until: new Date(until).toISOString() });
}

/** Twice as long, around the same middle where that is not in the future; "" where it is all that is kept. */
export function widerRange(range: string, now: Date): string {
  const preset = CHART_RANGES.indexOf(range as (typeof CHART_RANGES)[number]);
  if (preset >= 0) return CHART_RANGES[preset + 1] ?? "";
  const { since, until } = spanOf(range, now);
  const [from, to] = [Date.parse(since) / 1000, until ? Date.parse(until) / 1000 : now.getTime() / 1000];
  const length = 2 * (to - from);
  if (length >= (PRESETS["30d"] ?? 0)) return "30d";
  const end = Math.min(now.getTime() / 1000, to + length / 4);
  return rangeBetween(end - length, end);
}

/** Each change is a step that the Back button takes back. */
export function useChartRange(): { range: string; setRange: (range: string) => void } {
  const { range } = useSearch({ strict: false }) as { range?: string };
  const navigate = useNavigate();
  return {
    range: range ?? DEFAULT_RANGE,
    setRange: (chosen) =>
      void navigate({
        to: ".",
        resetScroll: false,
        search: (before: object) => ({ ...before, range: chosen === DEFAULT_RANGE ? undefined : chosen }),
      } as never),
  };
}
