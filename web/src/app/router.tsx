import {
  createRootRoute, createRoute, createRouter, lazyRouteComponent, retainSearchParams, type ErrorComponentProps,
} from "@tanstack/react-router";
import { Failure } from "../components/Failure";
import { PageFrame } from "../components/PageFrame";
import { text } from "../text";
import { Shell } from "./Shell";

interface Everywhere {
  workspace?: string;
}

const word = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

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

function NotFound() {
  return <PageFrame title={text.errors.notFoundTitle}>{text.errors.notFoundText}</PageFrame>;
}

const root = createRootRoute({
  component: Shell,
  validateSearch: (given: Record<string, unknown>): Everywhere => ({ workspace: word(given["workspace"]) }),
  search: { middlewares: [retainSearchParams(["workspace"])] },
  errorComponent: Crashed,
  notFoundComponent: NotFound,
});

const fleet = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("../fleet/FleetPage"), "FleetPage"),
});
const nodes = createRoute({
  getParentRoute: () => root,
  path: "/nodes",
  validateSearch: words("state", "name", "label", "sort", "approval"),
  component: lazyRouteComponent(() => import("../nodes/NodesPage"), "NodesPage"),
});

const routeTree = root.addChildren([fleet, nodes]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultErrorComponent: Crashed,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
