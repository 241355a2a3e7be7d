// Which page of the documentation is about which page of the dashboard, by the beginning of its path.
const PAGES: readonly [path: string, page: string][] = [
  ["/nodes/join", "join-tokens"],
  ["/nodes", "dashboard"],
  ["/mesh", "mesh-status"],
  ["/tasks", "operations"],
  ["/operations", "operations"],
  ["/artifacts", "artifacts"],
  ["/virtual-hosts", "virtual-hosts"],
  ["/upstreams", "virtual-hosts"],
  ["/templates", "virtual-hosts"],
  ["/certificates", "certificates"],
  ["/edges", "edge"],
  ["/deployments", "edge"],
  ["/access-logs", "access-logs"],
  ["/secrets", "secrets"],
  ["/users", "roles"],
  ["/groups", "roles"],
  ["/roles", "roles"],
  ["/grants", "roles"],
  ["/organizations", "roles"],
  ["/keys", "authentication"],
  ["/account", "authentication"],
  ["/invites", "invites"],
  ["/events", "audit-and-events"],
  ["/audit", "audit-and-events"],
  ["/settings", "dashboard"],
];

/** Its address; where nothing is about a page in particular, that of the documentation. */
export function helpFor(pathname: string): string {
  if (pathname === "/") return "/docs/dashboard";
  const page = PAGES.find(([path]) => `${pathname}/`.startsWith(`${path}/`))?.[1];
  return page ? `/docs/${page}` : "/docs";
}
