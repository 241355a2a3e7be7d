import { expect, it } from "vitest";
import { withNewest } from "./newest";
import type { LogSummary } from "./requests";
import { seriesOf } from "./series";

const point = (at: string, requests: number) => ({
  at,
  requests,
  bytes: 7200,
  status: { server_error: 2 },
  p50_ms: 4,
  p95_ms: 9,
});

it("has a figure for each step, also where nothing was asked", () => {
  const summary = {
    since: "2020-01-01T00:00:30Z",
    until: "2020-01-01T00:06:00Z",
    step: 120,
    series: [point("2020-01-01T00:02:00Z", 10)],
  } as unknown as LogSummary;
  expect(seriesOf(summary)).toEqual({
    timestamps: [1_577_836_800, 1_577_836_920, 1_577_837_040],
    requests: [0, 5, 0],
    errors: [0, 1, 0],
    bytes: [0, 60, 0],
    p50: [null, 4, null],
    p95: [null, 9, null],
  });
});

it("puts what came first, each once, and no more than can be read", () => {
  const rows = (...ids: number[]) => ids.map((id) => ({ id: String(id) }));
  expect(withNewest(rows(2, 1), rows(2, 3, 4))).toEqual(rows(4, 3, 2, 1));
  expect(withNewest(rows(1), rows(...Array.from({ length: 600 }, (_, at) => at + 2)))).toHaveLength(500);
});
