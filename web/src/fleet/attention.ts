import type { Schema } from "../api/types";

type Fleet = Schema<"Fleet">;
type Named = Fleet["attention"][number];

/** Nodes that need attention for the same reason. */
export interface Trouble {
  key: string;
  code: string;
  /** What a health check says, or of the first of them; they differ in their times alone. */
  message: string;
  /** Those that are named, at most 100 of all groups together. */
  nodes: Named[];
  /** How many there are. */
  count: number;
}

const ORDER = ["offline", "degraded", "disk_full", "certificate_expiring"];

/** The worst first, then the most nodes. A node is in the group of each of its reasons. */
export function troublesOf({ attention, attention_reasons: counts }: Fleet): Trouble[] {
  const groups = new Map<string, Trouble>();
  for (const node of attention) {
    for (const { code, message } of node.reasons) {
      const key = code === "degraded" ? `${code}: ${message}` : code;
      const group = groups.get(key) ?? { key, code, message, nodes: [], count: 0 };
      group.nodes.push(node);
      groups.set(key, group);
    }
  }
  // Those of a reason of which none is named are counted all the same.
  for (const code of Object.keys(counts))
    if (![...groups.values()].some((group) => group.code === code))
      groups.set(code, { key: code, code, message: "", nodes: [], count: 0 });
  const troubles = [...groups.values()].map((group) => ({
    ...group,
    count: group.code === "degraded" && group.message ? group.nodes.length : (counts[group.code] ?? 0),
  }));
  return troubles.sort(
    (one, other) => ORDER.indexOf(one.code) - ORDER.indexOf(other.code) || other.count - one.count,
  );
}
