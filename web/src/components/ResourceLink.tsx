import { PageLink } from "./PageLink";

/** The lists whose resources have a page of their own, by what events and the audit log call these. */
const LISTS: Record<string, string> = {
  node: "nodes",
  task: "tasks",
  operation: "operations",
  user: "users",
  group: "groups",
  role: "roles",
  secret: "secrets",
  artifact: "artifacts",
  organization: "organizations",
  virtual_host: "virtual-hosts",
  upstream: "upstreams",
  template: "templates",
  certificate: "certificates",
  edge: "edges",
  edge_deployment: "deployments",
};

/** A link to the page of a resource, where it has one; its name, or its id where that is all there is. */
export function ResourceLink({ kind, id, name }: { kind: string; id?: string | null; name?: string | null }) {
  const list = LISTS[kind];
  const shown = name || id;
  if (list === undefined || !id) return <span>{shown}</span>;
  return (
    <PageLink to={`/${list}/${id}`} className="row-link">
      {shown}
    </PageLink>
  );
}
