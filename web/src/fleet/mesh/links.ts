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

/** Bytes of base64: bit n is the bit n % 8 of byte n / 8. */
function bitsOf(base64: string | undefined): (bit: number) => boolean {
  const bytes = atob(base64 ?? "");
  return (bit) => ((bytes.charCodeAt(bit >> 3) || 0) & (1 << (bit & 7))) !== 0;
}

/**
 * The path between every two nodes as one byte each, row by row: one of the codes above. A large mesh lists only the
 * links that something is wrong with, and tells of the others which are idle and which nobody has measured; the rest
 * is direct.
 */
export function matrixOf(topology: Topology): Uint8Array {
  const { nodes, links, complete } = topology;
  const size = nodes.length;
  const cells = new Uint8Array(size * size).fill(UNMEASURED);
  const isJoined = joinedOf(topology);
  const rows = nodes.map(({ measured_at: at }, row) => ({
    hasMeasured: at !== null,
    isIdle: bitsOf(topology.idle[row]),
    isUnmeasured: bitsOf(topology.unmeasured[row]),
  }));
  for (let a = 0; a < size; a += 1) {
    for (let b = a + 1; b < size; b += 1) {
      const code = isJoined(a, b) ? unlisted(a, b) : APART;
      cells[a * size + b] = code;
      cells[b * size + a] = code;
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

  /** Of a pair that is not listed, by both its ends. */
  function unlisted(a: number, b: number): number {
    const [one, other] = [rows[a], rows[b]];
    const [toA, toB] = [nodes[a]?.place ?? 0, nodes[b]?.place ?? 0];
    if (complete || !one?.hasMeasured || !other?.hasMeasured) return UNMEASURED;
    const known = [
      ...(one.isUnmeasured(toB) ? [] : [one.isIdle(toB)]),
      ...(other.isUnmeasured(toA) ? [] : [other.isIdle(toA)]),
    ];
    if (known.length === 0) return UNMEASURED;
    return known.every((isIdle) => isIdle) ? IDLE : DIRECT;
  }
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
