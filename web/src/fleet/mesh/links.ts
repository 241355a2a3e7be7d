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
export const IDLE = 5;
export const APART = 6;

const CODES: Record<Path, number> = { direct: DIRECT, relayed: RELAYED, idle: IDLE, down: DOWN };

/** Whether something is wrong with such a link. */
export function isProblem(path: Path): boolean {
  return path === "relayed" || path === "down";
}

/** Which nodes are joined: not those that a policy or a border keeps apart. */
export function joinedOf({ nodes, joined }: Topology): (row: number, column: number) => boolean {
  const seen = joined.map((scopes) => new Set(scopes));
  return (row, column) => {
    const one = nodes[row]?.scope ?? -1;
    const other = nodes[column]?.scope ?? -1;
    return seen[one]?.has(other) === true || seen[other]?.has(one) === true;
  };
}

/** The code of each listed link, by `a * nodes + b`. */
export function linksBy({ nodes, links }: Topology): Map<number, number> {
  return new Map(
    links.path.map((path, row) => [
      (links.a[row] ?? 0) * nodes.length + (links.b[row] ?? 0),
      CODES[path as Path],
    ]),
  );
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
