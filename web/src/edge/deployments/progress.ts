import { text } from "../../text/edge";
import type { DeployedObject, Deployment, DeploymentNode } from "./requests";

const words = text.deployments;
const SHOWN = 3;

/** What of `components/Status` looks like the state of an edge in a deployment. */
export const TONES: Record<DeploymentNode["state"], string> = {
  queued: "queued",
  running: "running",
  served: "succeeded",
  partly: "Degraded",
  written: "Degraded",
  refused: "failed",
  rolled_back: "failed",
  failed: "failed",
  cancelled: "cancelled",
  skipped: "skipped",
};

/** The first of what is deployed, with versions, and how many more there are. */
export function whatIn(objects: readonly DeployedObject[]): string {
  if (objects.length === 0) return words.nothing;
  const first = objects.slice(0, SHOWN).map(({ name, version }) => words.version(name, version));
  const more = objects.length - SHOWN;
  return more > 0 ? `${first.join(", ")} ${words.more(more)}` : first.join(", ");
}

/** How many edges serve what they were to. */
export function servedBy({ nodes }: Pick<Deployment, "nodes">): number {
  return nodes.filter(({ state }) => state === "served").length;
}

/** The edges of each wave, in the order of the waves. */
export function wavesOf<Node extends { wave: number }>(nodes: readonly Node[]): [number, Node[]][] {
  const waves = new Map<number, Node[]>();
  for (const node of nodes) waves.set(node.wave, [...(waves.get(node.wave) ?? []), node]);
  return [...waves].sort(([a], [b]) => a - b);
}
