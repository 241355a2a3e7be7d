/** The collections that a change of a resource of this kind makes stale: first parts of query keys. */
const AFFECTED: Record<string, readonly string[]> = {
  node: ["nodes", "node-filters", "fleet", "mesh", "node-deletion", "join-tokens", "edges"],
  join_token: ["join-tokens"],
  task: ["tasks", "fleet", "operations", "deployments", "served", "edges"],
  artifact: ["artifacts"],
  firewall: ["firewall"],
  operation: ["operations", "tasks", "fleet", "deployments", "served"],
  mesh: ["mesh"],
  user: ["users", "whoami", "sessions"],
  session: ["sessions"],
  passkey: ["users", "whoami"],
  master_key: ["secrets"],
  group: ["groups", "grants", "whoami"],
  grant: ["grants", "whoami", "users", "keys"],
  role: ["roles", "grants", "whoami"],
  key: ["keys"],
  invite: ["invites"],
  organization: ["organizations", "workspaces", "whoami"],
  workspace: ["workspaces", "organizations", "whoami"],
  secret: ["secrets"],
  virtual_host: ["virtual-hosts", "upstreams", "templates", "certificates", "served"],
  upstream: ["upstreams", "virtual-hosts", "served"],
  template: ["templates", "virtual-hosts"],
  certificate: ["certificates"],
  edge: ["edges", "served"],
  edge_deployment: ["deployments", "served", "edges"],
  identity_provider: ["identity-providers"],
  settings: ["settings", "whoami"],
  metrics: ["metrics", "fleet"],
};

/** Every change is a row of these. */
const ALWAYS = ["events", "audit-log"] as const;

/** What changes with every heartbeat of a node. */
const LOAD = new Set(["nodes", "fleet", "metrics", "edges"]);

/** The collections that show how far a resource of this kind is, or what a node says of itself. */
const PROGRESS: Record<string, readonly string[]> = {
  task: ["tasks", "operations", "deployments"],
  node: ["nodes", "mesh", "firewall"],
  mesh: ["mesh"],
};

export function isLoad(collection: string): boolean {
  return LOAD.has(collection);
}

/** The collections that progress of these kinds of resources makes stale: it is no row of the lists of events. */
export function affectedByProgress(resourceKinds: Iterable<string>): Set<string> {
  return new Set([...resourceKinds].flatMap((kind) => PROGRESS[kind] ?? []));
}

/** The collections that changes of these kinds of resources make stale. */
export function affectedBy(resourceKinds: Iterable<string>): Set<string> {
  const collections = new Set<string>(ALWAYS);
  for (const kind of resourceKinds) {
    for (const collection of AFFECTED[kind] ?? []) collections.add(collection);
  }
  return collections;
}
