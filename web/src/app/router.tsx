import { Loader } from "@mantine/core";
import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  type RouteComponent,
  retainSearchParams,
} from "@tanstack/react-router";
import { Failure } from "../components/Failure";
import { lazyPage } from "../components/lazily";
import { PageFrame } from "../components/PageFrame";
import { text } from "../text";
import { Shell } from "./Shell";

interface Everywhere {
  workspace?: string;
}

const word = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Filters of a list are part of its address: each a word or absent. */
function words<Name extends string>(...names: Name[]) {
  return (given: Record<string, unknown>): { [K in Name]?: string } =>
    Object.fromEntries(names.map((name) => [name, word(given[name])])) as { [K in Name]?: string };
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
  return <PageFrame title={text.errors.notFoundTitle}>{text.errors.notFoundText}</PageFrame>;
}

const root = createRootRoute({
  component: Shell,
  validateSearch: (given: Record<string, unknown>): Everywhere => ({ workspace: word(given.workspace) }),
  search: { middlewares: [retainSearchParams(["workspace"])] },
  errorComponent: Crashed,
  notFoundComponent: NotFound,
});

/** A page, loaded when it is first opened. */
const page = <Path extends string, Filter extends string = never>(
  path: Path,
  component: RouteComponent,
  ...filters: Filter[]
) => createRoute({ getParentRoute: () => root, path, validateSearch: words(...filters), component });

const routeTree = root.addChildren([
  page(
    "/",
    lazyPage(() => import("../fleet/FleetPage"), "FleetPage"),
  ),
  page(
    "/nodes",
    lazyPage(() => import("../fleet/nodes/NodesPage"), "NodesPage"),
    "state",
    "search",
    "label",
    "sort",
    "approval",
  ),
  page(
    "/nodes/join",
    lazyPage(() => import("../fleet/nodes/JoinPage"), "JoinPage"),
  ),
  page(
    "/nodes/$node",
    lazyPage(() => import("../fleet/nodes/NodePage"), "NodePage"),
    "tab",
  ),
  page(
    "/mesh",
    lazyPage(() => import("../fleet/mesh/MeshPage"), "MeshPage"),
    "view",
    "node",
    "from",
    "to",
    "direct",
  ),
  page(
    "/tasks",
    lazyPage(() => import("../fleet/tasks/TasksPage"), "TasksPage"),
    "state",
    "kind",
    "node",
    "search",
    "sort",
  ),
  page(
    "/tasks/new",
    lazyPage(() => import("../fleet/tasks/NewTaskPage"), "NewTaskPage"),
    "node",
    "kind",
  ),
  page(
    "/tasks/$task",
    lazyPage(() => import("../fleet/tasks/TaskPage"), "TaskPage"),
  ),
  page(
    "/operations",
    lazyPage(() => import("../fleet/operations/OperationsPage"), "OperationsPage"),
    "kind",
    "sort",
  ),
  page(
    "/operations/$operation",
    lazyPage(() => import("../fleet/operations/OperationPage"), "OperationPage"),
  ),
  page(
    "/audit",
    lazyPage(() => import("../records/audit/AuditPage"), "AuditPage"),
    "actor",
    "action",
    "resource",
    "outcome",
    "period",
    "row",
  ),
  page(
    "/settings",
    lazyPage(() => import("../appliance/settings/SettingsPage"), "SettingsPage"),
    "tab",
  ),
  page(
    "/users",
    lazyPage(() => import("../people/identity/UsersPage"), "UsersPage"),
    "search",
    "status",
    "organization",
    "sort",
  ),
  page(
    "/users/$user",
    lazyPage(() => import("../people/identity/UserPage"), "UserPage"),
  ),
  page(
    "/groups",
    lazyPage(() => import("../people/roles/GroupsPage"), "GroupsPage"),
    "search",
    "sort",
  ),
  page(
    "/groups/$group",
    lazyPage(() => import("../people/roles/GroupPage"), "GroupPage"),
  ),
  page(
    "/roles",
    lazyPage(() => import("../people/roles/RolesPage"), "RolesPage"),
    "search",
    "sort",
  ),
  page(
    "/roles/$role",
    lazyPage(() => import("../people/roles/RolePage"), "RolePage"),
  ),
  page(
    "/grants",
    lazyPage(() => import("../people/roles/GrantsPage"), "GrantsPage"),
    "user",
    "role",
    "organization",
  ),
  page(
    "/keys",
    lazyPage(() => import("../people/keys/KeysPage"), "KeysPage"),
    "search",
    "state",
    "whose",
    "organization",
    "sort",
  ),
  page(
    "/account",
    lazyPage(() => import("../people/identity/AccountPage"), "AccountPage"),
    "code",
  ),
  page(
    "/invites",
    lazyPage(() => import("../correspondence/invites/InvitesPage"), "InvitesPage"),
    "search",
    "state",
    "sort",
  ),
  page(
    "/organizations",
    lazyPage(() => import("../people/organizations/OrganizationsPage"), "OrganizationsPage"),
    "search",
    "sort",
  ),
  page(
    "/organizations/$organization",
    lazyPage(() => import("../people/organizations/OrganizationPage"), "OrganizationPage"),
  ),
  page(
    "/secrets",
    lazyPage(() => import("../trust/secrets/SecretsPage"), "SecretsPage"),
    "search",
    "label",
    "sort",
  ),
  page(
    "/secrets/$secret",
    lazyPage(() => import("../trust/secrets/SecretPage"), "SecretPage"),
  ),
  page(
    "/events",
    lazyPage(() => import("../records/event_log/EventsPage"), "EventsPage"),
    "kind",
  ),
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
