import type { Path, Topology } from "./requests";

/** One pair, by positions in the list of nodes. */
export interface Link {
  a: number;
  b: number;
  path: Path;
  rttMs: number | null;
  handshakeAgeS: number | null;
}

/** The columns of the API as rows. */
export function linksOf({ links }: Topology): Link[] {
  return links.a.map((a, at) => ({
    a,
    b: links.b[at]!,
    path: links.path[at] as Path,
    rttMs: links.rtt_ms[at] ?? null,
    handshakeAgeS: links.handshake_age_s[at] ?? null,
  }));
}

/**
 * The path between every two nodes as one byte each, row by row: 0 direct, 1 relayed, 2 down, 3 not measured, 4 itself.
 * Where only problems are told, a pair of nodes that both have measured and that is not told of is direct.
 */
export function matrixOf(topology: Topology): Uint8Array {
  const size = topology.nodes.length;
  const cells = new Uint8Array(size * size).fill(UNMEASURED);
  const hasMeasured = topology.nodes.map(({ measured_at: at }) => at !== null);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (row === column) cells[row * size + column] = ITSELF;
      else if (!topology.complete && hasMeasured[row] && hasMeasured[column])
        cells[row * size + column] = DIRECT;
    }
  }
  for (const { a, b, path } of linksOf(topology)) {
    const code = path === "direct" ? DIRECT : path === "relayed" ? RELAYED : DOWN;
    cells[a * size + b] = code;
    cells[b * size + a] = code;
  }
  return cells;
}

export const DIRECT = 0;
export const RELAYED = 1;
export const DOWN = 2;
export const UNMEASURED = 3;
export const ITSELF = 4;

/** Places on a circle, so that nodes of one name stand together and no link hides behind another. */
export function circle(count: number, radius: number): { x: number; y: number }[] {
  return Array.from({ length: count }, (_, at) => {
    const angle = (2 * Math.PI * at) / count - Math.PI / 2;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}
