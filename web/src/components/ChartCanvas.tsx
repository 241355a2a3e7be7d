import { useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import classes from "./Chart.module.css";

const HEIGHT = 120;
const AXIS_WIDTH = 58;

export interface Line {
  label: string;
  values: (number | null)[];
}

export interface ChartProps {
  title: string;
  /** Unix seconds, ascending. */
  timestamps: number[];
  /** One or two lines; the second is dashed, so that colour alone does not tell them apart. */
  lines: Line[];
  format: (value: number) => string;
  /** Bytes have a scale of binary units. */
  unit?: "bytes";
  /** The top of the scale; absent: what the values need. */
  max?: number;
}

/** Draws with uPlot; new values are put into the graph that is there. */
export function ChartCanvas({ title, timestamps, lines, format, max, unit }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme("light");
  const names = lines.map(({ label }) => label).join("\n");
  const latest = useRef({ timestamps, lines, format });
  latest.current = { timestamps, lines, format };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another colour scheme is another drawing
  useEffect(() => {
    const element = holder.current;
    if (element === null || width === 0) return;
    const drawing = new uPlot(
      options(names.split("\n"), width, max, unit === "bytes", (value) => latest.current.format(value)),
      dataOf(latest.current.timestamps, latest.current.lines),
      element,
    );
    plot.current = drawing;
    return () => {
      drawing.destroy();
      plot.current = null;
    };
  }, [names, max, unit, scheme, width]);

  useEffect(() => {
    plot.current?.setData(dataOf(timestamps, lines));
  }, [timestamps, lines]);

  const merged = useMergedRef(ref, holder);
  return (
    <div ref={merged} className={classes.canvas} role="img" aria-label={describe(title, lines, format)} />
  );
}

function dataOf(timestamps: number[], lines: ChartProps["lines"]): uPlot.AlignedData {
  return [timestamps, ...lines.map(({ values }) => values)];
}

/** What the picture says, for whoever does not see it. */
function describe(title: string, lines: ChartProps["lines"], format: (value: number) => string): string {
  const parts = lines.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    const newest = known.at(-1);
    if (newest === undefined) return label;
    return `${label} ${format(newest)}, ${format(Math.min(...known))} – ${format(Math.max(...known))}`;
  });
  return `${title}: ${parts.join("; ")}`;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(
  names: string[],
  width: number,
  max: number | undefined,
  isBinary: boolean,
  format: (value: number) => string,
): uPlot.Options {
  const accent = colour("--nimbus-accent");
  const quiet = colour("--nimbus-quiet");
  const axis = {
    stroke: quiet,
    grid: { stroke: colour("--nimbus-line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return {
    width,
    height: HEIGHT,
    // Half of the last time on the axis stands to the right of its tick.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    // All graphs of a page show the same moment.
    cursor: { points: { size: 6 }, drag: { x: false, y: false }, sync: { key: "time" } },
    scales: { y: { range: (_plot, _low, high) => [0, max ?? (high > 0 ? high * 1.1 : 1)] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 60,
        values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => moment(tick, step)),
      },
      {
        ...axis,
        size: AXIS_WIDTH,
        space: 36,
        values: (_plot, ticks) => ticks.map((tick) => format(tick)),
        ...(isBinary ? { incrs: BINARY_STEPS } : {}),
      },
    ],
    series: [
      {},
      ...names.map((label, at) => ({
        label,
        stroke: accent,
        width: 1.5,
        spanGaps: false,
        // A line of one sample would not be seen.
        points: { show: (_plot: uPlot, _series: number, first: number, last: number) => last - first < 2 },
        ...(at === 0 ? { fill: `color-mix(in srgb, ${accent} 12%, transparent)` } : { dash: [4, 3] }),
      })),
    ],
    plugins: [readout(format)],
  };
}

/** Where the scale has lines: 1, 2, 5, 10 ... of each binary unit, so that figures are round. */
const BINARY_STEPS = [0, 10, 20, 30, 40].flatMap((power) =>
  [1, 2, 5, 10, 20, 50, 100, 200, 500].map((figure) => figure * 2 ** power),
);
const DAY_S = 86_400;

/** A tick of the time axis: the hour, or the day where they are days apart. */
function moment(at: number, step: number): string {
  const local = new Date(at * 1000).toLocaleString("sv-SE");
  return step >= DAY_S ? local.slice(5, 10) : local.slice(11, 16);
}

/** The values under the pointer, above the graph. */
function readout(format: (value: number) => string): uPlot.Plugin {
  const note = document.createElement("div");
  note.className = "chart-readout";
  return {
    hooks: {
      init: (plot) => void plot.over.append(note),
      setCursor: (plot) => {
        const at = plot.cursor.idx;
        note.hidden = at === null || at === undefined;
        if (at === null || at === undefined) return;
        const when = new Date((plot.data[0][at] ?? 0) * 1000).toLocaleString("sv-SE").slice(0, 16);
        const values = plot.data.slice(1).map((column) => {
          const value = column[at];
          return value === null || value === undefined ? "–" : format(value);
        });
        note.textContent = `${when}  ${values.join(" / ")}`;
      },
    },
  };
}
