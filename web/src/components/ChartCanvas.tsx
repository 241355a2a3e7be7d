import { useComputedColorScheme } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { text } from "../text";
import classes from "./Chart.module.css";
import { gapsOf, type Line, layersPlugin, type Mark } from "./chartLayers";

const HEIGHT = 120;
const AXIS_WIDTH = 58;

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
  /** Moments at which something happened. */
  marks?: readonly Mark[];
  /** Of the time that was drawn over, in Unix seconds; absent: it cannot be. */
  onZoom?: (from: number, to: number) => void;
}

const NO_MARKS: readonly Mark[] = [];
/** Less is a click. Pixels. */
const DRAWN_OVER = 6;

/** Draws with uPlot; new values are put into the graph that is there. */
export function ChartCanvas(props: ChartProps) {
  const { title, timestamps, lines, format, max, unit, marks = NO_MARKS } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { ref, width } = useElementSize();
  const scheme = useComputedColorScheme("light");
  const names = lines.map(({ label }) => label).join("\n");
  const gaps = useMemo(() => gapsOf(timestamps, lines), [timestamps, lines]);
  const latest = useRef({ ...props, marks, gaps });
  latest.current = { ...props, marks, gaps };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another colour scheme is another drawing
  useEffect(() => {
    const element = holder.current;
    if (element === null || width === 0) return;
    const drawing = new uPlot(
      options(names.split("\n"), width, max, unit === "bytes", () => latest.current),
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

  // biome-ignore lint/correctness/useExhaustiveDependencies: other marks are drawn over the same curves
  useEffect(() => plot.current?.redraw(false), [marks]);

  const merged = useMergedRef(ref, holder);
  return (
    <div ref={merged} className={classes.canvas} role="img" aria-label={describe(title, lines, format)} />
  );
}

function dataOf(timestamps: number[], lines: ChartProps["lines"]): uPlot.AlignedData {
  const band = (values: Line["min"]) => values ?? timestamps.map(() => null);
  return [timestamps, ...lines.flatMap(({ values, min, max }) => [values, band(min), band(max)])];
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

interface Latest extends ChartProps {
  marks: readonly Mark[];
  gaps: [number, number][];
}

function options(
  names: string[],
  width: number,
  max: number | undefined,
  isBinary: boolean,
  latest: () => Latest,
): uPlot.Options {
  const format = (value: number) => latest().format(value);
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
    cursor: {
      points: { size: 6 },
      y: false,
      drag: { x: latest().onZoom !== undefined, y: false, setScale: false, dist: DRAWN_OVER },
      // What is drawn over in one is not in the others.
      sync: { key: "time", filters: { pub: (kind) => kind === "mousemove" || kind === "mouseleave" } },
    },
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
      ...names.flatMap((label, at) => [
        {
          label,
          stroke: accent,
          width: 1.5,
          spanGaps: false,
          // A line of one sample would not be seen.
          points: { show: (_plot: uPlot, _series: number, first: number, last: number) => last - first < 2 },
          ...(at === 0 ? { fill: `color-mix(in srgb, ${accent} 12%, transparent)` } : { dash: [4, 3] }),
        },
        EXTREME,
        EXTREME,
      ]),
    ],
    bands: names.map((_, at) => ({
      series: [3 * at + 3, 3 * at + 2] as [number, number],
      fill: `color-mix(in srgb, ${accent} ${at === 0 ? 28 : 16}%, transparent)`,
    })),
    hooks: { setSelect: [(plot) => zoom(plot, latest().onZoom)] },
    plugins: [layersPlugin(latest, colour), readout(latest)],
  };
}

/** Of the band around a line: only what is between the two is drawn. */
const EXTREME: uPlot.Series = { width: 0, points: { show: false }, spanGaps: false };

function zoom(plot: uPlot, onZoom: ChartProps["onZoom"]): void {
  const { left, width } = plot.select;
  if (width < DRAWN_OVER || onZoom === undefined) return;
  onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
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

/** The values under the pointer, above the graph, and what happened there. */
function readout(latest: () => Latest): uPlot.Plugin {
  const note = document.createElement("div");
  note.className = "chart-readout";
  return {
    hooks: {
      init: (plot) => void plot.over.append(note),
      setCursor: (plot) => {
        const { idx: at, left } = plot.cursor;
        note.hidden = at === null || at === undefined || (left ?? -1) < 0;
        if (at === null || at === undefined) return;
        // Not over the curve that is looked at.
        note.style.right = (left ?? 0) > plot.over.clientWidth / 2 ? "auto" : "0";
        note.textContent = readingOf(latest(), at, (moment) => near(plot, moment, left ?? 0));
      },
    },
  };
}

const NEAR = 5;

function near(plot: uPlot, moment: number, left: number): boolean {
  return Math.abs(plot.valToPos(moment, "x") - left) <= NEAR;
}

function readingOf(
  { timestamps, lines, format, marks }: Latest,
  at: number,
  isNear: (at: number) => boolean,
) {
  const when = new Date((timestamps[at] ?? 0) * 1000).toLocaleString("sv-SE").slice(0, 16);
  const known = (value: number | null | undefined) => value !== null && value !== undefined;
  const values = lines.map(({ values: all, min, max }) => {
    const value = all[at];
    if (!known(value)) return text.common.noData;
    const [low, high] = [min?.[at], max?.[at]];
    const range = known(low) && known(high) && low !== high ? ` (${format(low)} – ${format(high)})` : "";
    return `${format(value)}${range}`;
  });
  const happened = marks.filter((mark) => isNear(mark.at)).map(({ words }) => words);
  return [when, ...values, ...happened].join("\n");
}
