import type { Upstream } from "../objects/requests";

/** The address of a server, or the node by its name. */
export function serverName(upstream: Upstream) {
  return ({ address, node, port }: Upstream["servers"][number], at: number): string => {
    if (!node) return address ?? "";
    const found = upstream.references.find(({ field }) => field === `servers[${at}].node`);
    return `${found?.name || node}:${port ?? ""}`;
  };
}
