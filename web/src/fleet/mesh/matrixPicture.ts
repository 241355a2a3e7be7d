import { APART, DIRECT, DOWN, IDLE, ITSELF, RELAYED, UNMEASURED } from "./links";
import { nextTurn } from "./nextTurn";
import type { Paths } from "./paths";

/** The colour of each code as a name of the theme, and how much of it is seen: what is well is quieter. */
export const COLOURS: Record<number, { name: string; share: number }> = {
  [DIRECT]: { name: "ok", share: 0.45 },
  [RELAYED]: { name: "warn", share: 1 },
  [DOWN]: { name: "bad", share: 1 },
  [IDLE]: { name: "idle", share: 0.35 },
  [UNMEASURED]: { name: "line", share: 1 },
  [ITSELF]: { name: "surface", share: 1 },
  [APART]: { name: "surface", share: 1 },
};

/** So long the browser is kept from answering at most, in milliseconds. */
const SLICE_MS = 12;
/** Cells of this size have lines between them. */
const LINED_FROM = 6;

interface Picture {
  /** Positions of the nodes that are rows and columns. */
  shown: number[];
  paths: Paths;
  /** Pixels of one side of a cell. */
  cell: number;
}

/** Draws row by row, in slices, until `signal`: the page answers meanwhile, whatever the size. */
export async function drawMatrix(canvas: HTMLCanvasElement, picture: Picture, signal: AbortSignal) {
  const context = canvas.getContext("2d");
  if (!context || picture.shown.length === 0) return;
  context.imageSmoothingEnabled = false;
  const drawRow = rowPainter(context, picture);
  let begun = Number.NEGATIVE_INFINITY;
  for (const row of picture.shown.keys()) {
    if (performance.now() - begun > SLICE_MS) {
      await nextTurn();
      if (signal.aborted) return;
      begun = performance.now();
    }
    drawRow(row);
  }
}

/** A row is drawn with a pixel for each cell first, and then as large as its cells. */
function rowPainter(context: CanvasRenderingContext2D, { shown, paths, cell }: Picture) {
  const palette = paletteOf();
  const line = document.createElement("canvas");
  [line.width, line.height] = [shown.length, 1];
  const small = line.getContext("2d");
  const image = context.createImageData(shown.length, 1);
  const gap = cell >= LINED_FROM ? 1 : 0;
  const length = shown.length * cell;
  return (row: number) => {
    const position = shown[row] ?? 0;
    for (let column = 0; column < shown.length; column += 1)
      image.data.set(palette[paths.between(position, shown[column] ?? 0)] ?? [], 4 * column);
    small?.putImageData(image, 0, 0);
    context.clearRect(0, row * cell, length, cell);
    context.drawImage(line, 0, row * cell, length, cell - gap);
    if (gap > 0)
      for (let column = 1; column <= shown.length; column += 1)
        context.clearRect(column * cell - gap, row * cell, gap, cell);
  };
}

/** Red, green, blue and opacity of each code. */
function paletteOf(): Uint8ClampedArray[] {
  const page = getComputedStyle(document.documentElement);
  const palette: Uint8ClampedArray[] = [];
  for (const [code, { name, share }] of Object.entries(COLOURS)) {
    const [red, green, blue] = rgb(page.getPropertyValue(`--nimbus-${name}`).trim());
    palette[Number(code)] = new Uint8ClampedArray([red, green, blue, 255 * share]);
  }
  return palette;
}

/** Any CSS colour. */
function rgb(colour: string): [number, number, number] {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return [0, 0, 0];
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red, green, blue];
}
