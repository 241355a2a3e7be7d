import { expect, it } from "vitest";
import { gapsOf } from "../../components/chartLayers";
import { lineOf, type MetricsAnswer } from "./requests";
import { tableRows } from "./tableRows";

const series = (
  metric: string,
  avg: (number | null)[],
  min = null as (number | null)[] | null,
  max = min,
) => ({
  metric,
  unit: "bytes",
  avg,
  min,
  max,
});
const answer = (...given: ReturnType<typeof series>[]) => ({ series: given }) as unknown as MetricsAnswer;

it("a part is shown as percent of its whole, with its extremes", () => {
  const metrics = answer(
    series("used", [5, null, 2], [1, null, 2], [10, null, 2]),
    series("total", [10, 10, 0]),
  );
  expect(lineOf(metrics, "Disk", "used", "total")).toEqual({
    label: "Disk",
    values: [50, null, null],
    min: [10, null, null],
    max: [100, null, null],
  });
  expect(lineOf(answer(series("cpu", [1])), "CPU", "cpu")).toEqual({ label: "CPU", values: [1] });
  expect(lineOf(answer(), "CPU", "cpu").values).toEqual([]);
});

it("where nothing is known of any line there is a gap", () => {
  const times = [0, 10, 20, 30, 40];
  const lines = [
    { label: "in", values: [null, 1, null, null, 1] },
    { label: "out", values: [null, null, null, null, 1] },
  ];
  expect(gapsOf(times, lines)).toEqual([
    [0, 10],
    [10, 40],
  ]);
  expect(gapsOf(times, [{ label: "in", values: [1, 1, 1, null, null] }])).toEqual([[20, 40]]);
  expect(gapsOf([], [])).toEqual([]);
});

it("a table has at most sixty rows, the newest first", () => {
  const times = Array.from({ length: 120 }, (_, at) => at * 10);
  const rows = tableRows(times, [{ label: "CPU", values: times.map((at) => (at === 10 ? null : at)) }]);
  expect(rows.length).toBe(60);
  expect(rows.at(-1)).toEqual({ at: 0, values: [0] });
  expect(rows[0]).toEqual({ at: 1180, values: [1185] });
  expect(tableRows([0], [{ label: "CPU", values: [null] }])).toEqual([{ at: 0, values: [null] }]);
});
