import { joinedOf } from "./links";
import { PlaceSets } from "./paths";
import type { MeshNode, Topology } from "./requests";

type Problem = "down" | "relayed";

/** Why links are relayed or down. */
export interface Causes {
  /** How many links are. */
  total: number;
  /** These answer nothing, no matter who asks. */
  offline: { nodes: MeshNode[]; links: number };
  /** Nodes that many of the other links have in common; what is down first, then the most links. */
  named: { node: MeshNode; path: Problem; links: number }[];
  /** What is left, pair by pair: the first of `left`. */
  pairs: { from: MeshNode; to: MeshNode; path: Problem }[];
  left: number;
}

/** A node is named from so many links on, and when it has this share of the online nodes as others. */
const LEAST_LINKS = 4;
const LEAST_SHARE = 0.05;
const MOST_NAMED = 12;
/** More pairs of a kind are not looked at one by one. */
const MOST_PAIRS = 40_000;
const MOST_LISTED = 2000;

/** Positions of nodes, the lower one first. */
type Pair = readonly [a: number, b: number];

export function causesOf(topology: Topology): Causes {
  const { nodes } = topology;
  const offline = offlineOf(topology);
  const problems = topology.complete ? listedProblems(topology) : toldProblems(topology);
  const named: Causes["named"] = [];
  const pairs: Causes["pairs"] = [];
  let left = 0;
  for (const path of ["down", "relayed"] as const) {
    const { common, rest } = inCommon(problems[path], nodes);
    for (const { at, links } of common) named.push({ node: nodes[at] as MeshNode, path, links });
    for (const [a, b] of rest.slice(0, MOST_LISTED - pairs.length))
      pairs.push({ from: nodes[a] as MeshNode, to: nodes[b] as MeshNode, path });
    left += rest.length;
  }
  return {
    total: offline.links + problems.down.length + problems.relayed.length,
    offline,
    named,
    pairs,
    left,
  };
}

/** Pairs of online nodes that reach each other by a relay, and those that do not. */
type Problems = Record<Problem, Pair[]>;

function listedProblems({ nodes, links }: Topology): Problems {
  const found: Problems = { down: [], relayed: [] };
  links.path.forEach((path, row) => {
    const [a, b] = [links.a[row] ?? 0, links.b[row] ?? 0];
    if ((path === "down" || path === "relayed") && nodes[a]?.online && nodes[b]?.online)
      found[path].push([a, b]);
  });
  return found;
}

function toldProblems(topology: Topology): Problems {
  const { nodes } = topology;
  const silent = new PlaceSets(topology.silent);
  const relayed = new PlaceSets(topology.relayed);
  const isSilent = (a: number, b: number) =>
    silent.has(a, nodes[b]?.place ?? 0) || silent.has(b, nodes[a]?.place ?? 0);
  return {
    down: pairsOf(nodes, silent),
    relayed: pairsOf(nodes, relayed).filter(([a, b]) => !isSilent(a, b)),
  };
}

/** Pairs of online nodes of which one has the other in its set. */
function pairsOf(nodes: MeshNode[], sets: PlaceSets): Pair[] {
  const positions: number[] = [];
  for (const [at, { place, online }] of nodes.entries()) if (online) positions[place] = at;
  // Of two that have each other the first one's is taken.
  const isTaken = (a: number, b: number | undefined) =>
    b !== undefined && (a < b || !sets.has(b, nodes[a]?.place ?? 0));
  const pairs: Pair[] = [];
  for (const [a, { online }] of nodes.entries()) {
    if (!online) continue;
    if (pairs.length > MOST_PAIRS) break;
    const others = sets.places(a).map((place) => positions[place]);
    for (const b of others) if (isTaken(a, b)) pairs.push(inOrder(a, b ?? 0));
  }
  return pairs.sort(([a, b], [c, d]) => a - c || b - d);
}

const inOrder = (a: number, b: number): Pair => (a < b ? [a, b] : [b, a]);

/** The nodes that most of these pairs have in common, while there is one of enough; and the other pairs. */
function inCommon(
  pairs: Pair[],
  nodes: MeshNode[],
): { common: { at: number; links: number }[]; rest: Pair[] } {
  const least = Math.max(LEAST_LINKS, LEAST_SHARE * nodes.filter(({ online }) => online).length);
  const common: { at: number; links: number }[] = [];
  let rest = pairs;
  while (common.length < MOST_NAMED) {
    const links = new Uint32Array(nodes.length);
    for (const [a, b] of rest) {
      links[a] = (links[a] ?? 0) + 1;
      links[b] = (links[b] ?? 0) + 1;
    }
    const most = Math.max(0, ...links);
    if (most < least) break;
    const at = links.indexOf(most);
    common.push({ at, links: most });
    rest = rest.filter(([a, b]) => a !== at && b !== at);
  }
  return { common, rest };
}

/** A link between two that are offline counts once. */
function offlineOf(topology: Topology): Causes["offline"] {
  const { nodes } = topology;
  const isJoined = joinedOf(topology);
  const offline = nodes.filter(({ online, ways }) => !online && ways > 0);
  const scopes = new Map<number, { example: number; number: number }>();
  for (const { scope } of offline) {
    const known = scopes.get(scope);
    if (known) known.number += 1;
    else scopes.set(scope, { example: nodes.findIndex((node) => node.scope === scope), number: 1 });
  }
  let between = 0;
  const entries = [...scopes.values()];
  for (const [order, one] of entries.entries()) {
    if (isJoined(one.example, one.example)) between += (one.number * (one.number - 1)) / 2;
    for (const other of entries.slice(order + 1))
      if (isJoined(one.example, other.example)) between += one.number * other.number;
  }
  return { nodes: offline, links: offline.reduce((sum, { ways }) => sum + ways, 0) - between };
}
