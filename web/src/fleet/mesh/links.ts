import type { MeshNode, Path, Topology } from "./requests";

/** Two nodes and how packets go between them. */
export interface Link {
  from: MeshNode;
  to: MeshNode;
  path: Path;
  rttMs: number | null;
}

/** The API's columns as rows. */
export function linksOf({ nodes, links }: Topology): Link[] {
  return links.path.flatMap((path, row) => {
    const from = nodes[links.a[row] ?? -1];
    const to = nodes[links.b[row] ?? -1];
    return from && to ? [{ from, to, path: path as Path, rttMs: links.rtt_ms[row] ?? null }] : [];
  });
}

export const DIRECT = 0;
export const RELAYED = 1;
export const DOWN = 2;
export const UNMEASURED = 3;
export const ITSELF = 4;

const CODES: Record<Path, number> = { direct: DIRECT, relayed: RELAYED, down: DOWN };

/**
 * The path between every two nodes as one byte each, row by row: one of the codes above. A large mesh lists only the
 * links that are not direct; there a pair is direct when both nodes have measured and the pair is not listed. Nodes of
 * different organizations have no way to each other, and nothing is measured between them.
 */
export function matrixOf({ nodes, links, complete }: Topology): Uint8Array {
  const size = nodes.length;
  const cells = new Uint8Array(size * size).fill(UNMEASURED);
  const measured = nodes.flatMap(({ measured_at: at }, position) => (at === null ? [] : [position]));
  if (!complete) {
    for (const row of measured) {
      for (const column of measured) {
        if (nodes[row]?.organization === nodes[column]?.organization) cells[row * size + column] = DIRECT;
      }
    }
  }
  for (let position = 0; position < size; position += 1) cells[position * size + position] = ITSELF;
  links.path.forEach((path, index) => {
    const a = links.a[index] ?? 0;
    const b = links.b[index] ?? 0;
    cells[a * size + b] = CODES[path as Path];
    cells[b * size + a] = CODES[path as Path];
  });
  return cells;
}

export interface Point {
  x: number;
  y: number;
}

/** Points spread evenly over a circle, so that nodes of one name stand together and no link hides behind another. */
export function circle(count: number, radius: number): Point[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count - Math.PI / 2;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle) };
  });
}
