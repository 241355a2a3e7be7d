import type { Schema } from "../../api/types";

type Occupants = Schema<"Occupants">;

/** One line per kind: what an organization counts includes what its workspaces do. */
export function perKind(contents: readonly Occupants[]): Occupants[] {
  const most = new Map<string, Occupants>();
  for (const one of contents) {
    if (one.count >= (most.get(one.kind)?.count ?? 0)) most.set(one.kind, one);
  }
  return [...most.values()];
}
