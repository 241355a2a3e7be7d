import type { Schema } from "../../api/types";

type Occupants = Schema<"Occupants">;

/** One line per kind, the largest: what an organization counts includes what its workspaces do. */
export function perKind(contents: readonly Occupants[]): Occupants[] {
  const largest = new Map<string, Occupants>();
  for (const line of contents) {
    if (line.count >= (largest.get(line.kind)?.count ?? 0)) largest.set(line.kind, line);
  }
  return [...largest.values()];
}
