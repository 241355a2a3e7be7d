import { APART, DIRECT, DOWN, IDLE, ITSELF, joinedOf, linksBy, RELAYED, UNMEASURED } from "./links";
import type { Topology } from "./requests";

/** How each of two nodes reaches the other, by their positions: one of the codes of `links.ts`. */
export interface Paths {
  between: (row: number, column: number) => number;
}

/** Sets of places, one for each node, as the API has them: each is decoded when it is first asked for. */
export class PlaceSets {
  private readonly decoded: (Uint8Array | undefined)[] = [];

  constructor(private readonly sets: string[]) {}

  has(position: number, place: number): boolean {
    return ((this.bytes(position)[place >> 3] ?? 0) & (1 << (place & 7))) !== 0;
  }

  /** The places of one node, ascending. */
  places(position: number): number[] {
    const places: number[] = [];
    const bytes = this.bytes(position);
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      for (let bit = 0; byte >> bit > 0; bit += 1) if ((byte >> bit) & 1) places.push(8 * at + bit);
    }
    return places;
  }

  /** Of base64: bit n is the bit n % 8 of byte n / 8. */
  private bytes(position: number): Uint8Array {
    const known = this.decoded[position];
    if (known) return known;
    const letters = atob(this.sets[position] ?? "");
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
    this.decoded[position] = bytes;
    return bytes;
  }
}

/** Of a small mesh all links are listed; a large one tells for each node to which others its way is such. */
export function pathsOf(topology: Topology): Paths {
  const isJoined = joinedOf(topology);
  const known = topology.complete ? listed(topology) : told(topology);
  return {
    between: (row, column) => {
      if (row === column) return ITSELF;
      return isJoined(row, column) ? known(row, column) : APART;
    },
  };
}

function listed(topology: Topology): Paths["between"] {
  const codes = linksBy(topology);
  const size = topology.nodes.length;
  return (row, column) => codes.get(Math.min(row, column) * size + Math.max(row, column)) ?? UNMEASURED;
}

function told(topology: Topology): Paths["between"] {
  const { nodes } = topology;
  const idle = new PlaceSets(topology.idle);
  const unmeasured = new PlaceSets(topology.unmeasured);
  const relayed = new PlaceSets(topology.relayed);
  const silent = new PlaceSets(topology.silent);
  const places = nodes.map(({ place }) => place);
  const online = nodes.map((node) => node.online);
  const hasMeasured = nodes.map(({ measured_at: at }) => at !== null);
  const direction = (from: number, to: number): number => {
    const place = places[to] ?? 0;
    if (!hasMeasured[from] || unmeasured.has(from, place)) return UNMEASURED;
    if (silent.has(from, place)) return DOWN;
    if (relayed.has(from, place)) return RELAYED;
    return idle.has(from, place) ? IDLE : DIRECT;
  };
  return (row, column) => {
    if (!online[row] || !online[column]) return hasMeasured[row] || hasMeasured[column] ? DOWN : UNMEASURED;
    const code = worse(direction(row, column), direction(column, row));
    // What one end alone has measured counts where it is a problem.
    return (hasMeasured[row] && hasMeasured[column]) || code === DOWN || code === RELAYED ? code : UNMEASURED;
  };
}

// From what says least to what says most.
const RANK = { [UNMEASURED]: 0, [IDLE]: 1, [DIRECT]: 2, [RELAYED]: 3, [DOWN]: 4 } as Record<number, number>;

function worse(one: number, other: number): number {
  return (RANK[one] ?? 0) >= (RANK[other] ?? 0) ? one : other;
}
