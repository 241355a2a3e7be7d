import type uPlot from "uplot";

// What is drawn under and over the curves: times of which nothing is known, and moments at which something happened.

export interface Line {
  label: string;
  values: (number | null)[];
  /** The extremes of what each point is the average of: a band around the line. */
  min?: (number | null)[];
  max?: (number | null)[];
}

/** A moment at which something happened: `at` in Unix seconds. */
export interface Mark {
  at: number;
  words: string;
  kind: "bad" | "ok" | "maintenance" | "other";
}

type Stretch = [from: number, to: number];

/** From the last point of which something was known to the next one. */
export function gapsOf(timestamps: readonly number[], lines: readonly Line[]): Stretch[] {
  const gaps: Stretch[] = [];
  let since: number | null = null;
  let before = timestamps[0] ?? 0;
  for (const [index, at] of timestamps.entries()) {
    const isKnown = lines.some(({ values }) => (values[index] ?? null) !== null);
    if (!isKnown) since ??= before;
    else if (since !== null) {
      gaps.push([since, at]);
      since = null;
    }
    if (isKnown) before = at;
  }
  const last = timestamps.at(-1);
  if (since !== null && last !== undefined && last > since) gaps.push([since, last]);
  return gaps;
}

export interface Layers {
  gaps: Stretch[];
  marks: readonly Mark[];
}

const COLOURS: Record<Mark["kind"], string> = {
  bad: "--nimbus-bad",
  ok: "--nimbus-ok",
  maintenance: "--nimbus-maintenance",
  other: "--nimbus-quiet",
};

/** Draws what `layers` answers at that time. */
export function layersPlugin(layers: () => Layers, colour: (name: string) => string): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (plot) => drawGaps(plot, layers().gaps, colour("--nimbus-line")),
      draw: (plot) => drawMarks(plot, layers().marks, colour),
    },
  };
}

function drawGaps({ ctx, bbox, valToPos }: uPlot, gaps: Stretch[], fill: string): void {
  ctx.save();
  ctx.fillStyle = fill;
  ctx.globalAlpha = 0.45;
  for (const [from, to] of gaps) {
    const left = Math.max(bbox.left, valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, valToPos(to, "x", true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

function drawMarks(
  { ctx, bbox, valToPos }: uPlot,
  marks: readonly Mark[],
  colour: (name: string) => string,
): void {
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { at, kind } of marks) {
    const x = Math.round(valToPos(at, "x", true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colour(COLOURS[kind]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
