import { expect, it } from "vitest";
import type { Schema } from "../api/types";
import { troublesOf } from "./attention";

function fleet(reasons: Record<string, [code: string, message: string][]>, counts: Record<string, number>) {
  const attention = Object.entries(reasons).map(([node, why]) => ({
    node,
    node_id: node,
    reasons: why.map(([code, message]) => ({ code, message })),
  }));
  return { attention, attention_reasons: counts } as unknown as Schema<"Fleet">;
}

it("groups nodes by what is wrong, the worst first", () => {
  const troubles = troublesOf(
    fleet(
      {
        "web-2": [["offline", "no heartbeat since 2026-01-31T12:00:00Z"]],
        "db-1": [
          ["degraded", "/var/lib is read-only"],
          ["disk_full", "full"],
        ],
        "web-1": [["offline", "no heartbeat since 2026-01-31T12:00:05Z"]],
        "db-2": [["degraded", "/var/lib is read-only"]],
        "db-3": [["degraded", "mesh: no handshake"]],
      },
      // Most of those that are offline, and the certificates, are not named.
      { offline: 40, degraded: 3, disk_full: 1, certificate_expiring: 7 },
    ),
  );
  expect(troubles.map(({ key, count, nodes }) => [key, count, nodes.map(({ node }) => node)])).toEqual([
    ["offline", 40, ["web-2", "web-1"]],
    ["degraded: /var/lib is read-only", 2, ["db-1", "db-2"]],
    ["degraded: mesh: no handshake", 1, ["db-3"]],
    ["disk_full", 1, ["db-1"]],
    ["certificate_expiring", 7, []],
  ]);
});
