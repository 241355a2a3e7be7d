import { Loader } from "@mantine/core";
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  type RouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { Empty } from "../components/Empty";
import { Failure } from "../components/Failure";
import { PageFrame, Panel } from "../components/PageFrame";
import { PageLink } from "../components/PageLink";
import { text } from "../text";
import * as pages from "./pages";
import { Shell } from "./Shell";

/** Part of every address. */
interface Everywhere {
  workspace?: string;
}

const word = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The filters that a page keeps in its address: each a word, or absent. */
function words<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [K in Name]?: string } =>
    Object.fromEntries(names.map((name) => [name, word(search[name])])) as { [K in Name]?: string };
}

function Crashed({ error }: ErrorComponentProps) {
  return (
    <PageFrame title={text.errors.crashTitle}>
      <Failure error={error} title={text.errors.crashText} onRetry={() => location.reload()} />
    </PageFrame>
  );
}

function Pending() {
  return <Loader size="sm" aria-label={text.common.loading} />;
}

function NotFound() {
  return (
    <PageFrame title={text.errors.notFoundTitle}>
      <Panel>
        <Empty
          action={
            <PageLink to="/" className="text-link">
              {text.steps.backTo(text.common.nav.fleet)}
            </PageLink>
          }
        >
          {text.errors.notFoundText}
        </Empty>
      </Panel>
    </PageFrame>
  );
}

const root = createRootRoute({
  component: Shell,
  validateSearch: (search: Record<string, unknown>): Everywhere => ({ workspace: word(search.workspace) }),
  search: { middlewares: [retainSearchParams(["workspace"])] },
  errorComponent: Crashed,
  notFoundComponent: NotFound,
});

/** A page at its path, with the names of its filters. */
const page = <Path extends string, Filter extends string = never>(
  path: Path,
  component: RouteComponent,
  ...filters: Filter[]
) => createRoute({ getParentRoute: () => root, path, validateSearch: words(...filters), component });

const routeTree = root.addChildren([
  page("/", pages.FleetPage, "range"),
  page("/nodes", pages.NodesPage, "state", "search", "label", "sort", "approval"),
  page("/nodes/join", pages.JoinPage),
  page("/nodes/$node", pages.NodePage, "tab", "range"),
  page("/mesh", pages.MeshPage, "view", "node", "from", "to", "direct", "offline"),
  page("/tasks", pages.TasksPage, "state", "kind", "node", "search", "sort"),
  page("/tasks/new", pages.NewTaskPage, "node", "kind"),
  page("/tasks/$task", pages.TaskPage),
  page("/operations", pages.OperationsPage, "state", "kind", "sort"),
  page("/operations/$operation", pages.OperationPage),
  page("/artifacts", pages.ArtifactsPage, "search", "label", "sort"),
  page("/artifacts/$artifact", pages.ArtifactPage),
  page(
    "/audit",
    pages.AuditPage,
    "search",
    "actor",
    "action",
    "resource",
    "source",
    "request_id",
    "outcome",
    "period",
    "row",
  ),
  page("/settings", pages.SettingsPage, "tab"),
  page("/users", pages.UsersPage, "search", "status", "organization", "sort"),
  page("/users/$user", pages.UserPage),
  page("/groups", pages.GroupsPage, "search", "sort"),
  page("/groups/$group", pages.GroupPage),
  page("/roles", pages.RolesPage, "search", "sort"),
  page("/roles/$role", pages.RolePage),
  page("/grants", pages.GrantsPage, "user", "role", "organization"),
  page("/keys", pages.KeysPage, "search", "state", "whose", "organization", "sort"),
  page("/account", pages.AccountPage, "code"),
  page("/invites", pages.InvitesPage, "search", "state", "sort"),
  page("/organizations", pages.OrganizationsPage, "search", "sort"),
  page("/organizations/$organization", pages.OrganizationPage),
  page("/virtual-hosts", pages.VirtualHostsPage, "search", "label", "sort"),
  page("/virtual-hosts/new", pages.EditVirtualHostPage),
  page("/virtual-hosts/$virtual_host", pages.VirtualHostPage, "tab", "range"),
  page("/virtual-hosts/$virtual_host/edit", pages.EditVirtualHostPage),
  page("/upstreams", pages.UpstreamsPage, "search", "label", "sort"),
  page("/upstreams/new", pages.EditUpstreamPage),
  page("/upstreams/$upstream", pages.UpstreamPage),
  page("/upstreams/$upstream/edit", pages.EditUpstreamPage),
  page("/templates", pages.TemplatesPage, "search", "label", "sort"),
  page("/templates/new", pages.EditTemplatePage, "from"),
  page("/templates/$template", pages.TemplatePage),
  page("/templates/$template/edit", pages.EditTemplatePage),
  page("/certificates", pages.CertificatesPage, "search", "label", "sort"),
  page("/certificates/$certificate", pages.CertificatePage),
  page("/edges", pages.EdgesPage, "search"),
  page("/edges/$edge", pages.EdgePage),
  page(
    "/access-logs",
    pages.AccessLogsPage,
    "view",
    "range",
    "q",
    "host",
    "uri",
    "status",
    "method",
    "client",
    "node",
    "virtual_host",
  ),
  page("/deployments", pages.DeploymentsPage),
  page("/deployments/new", pages.NewDeploymentPage, "host", "upstream"),
  page("/deployments/$deployment", pages.DeploymentPage),
  page("/secrets", pages.SecretsPage, "search", "label", "sort"),
  page("/secrets/$secret", pages.SecretPage),
  page("/events", pages.EventsPage, "kind"),
  page("/docs", pages.DocumentationPage),
  page("/docs/$page", pages.DocumentationPage),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultErrorComponent: Crashed,
  defaultPendingComponent: Pending,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
