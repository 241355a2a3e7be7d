import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { permissionsQuery } from "../access/permissionsQuery";
import { useAccess } from "../access/useAccess";
import { listAt } from "../api/collection";
import type { Permission } from "../api/types";
import { Empty } from "../components/Empty";
import { PageFrame, Panel } from "../components/PageFrame";
import { PageLink } from "../components/PageLink";
import { text } from "../text";
import { navigation } from "./navigation";

const roles = listAt("/api/v1/roles");

/** Pages that change something: looking at the list beside them needs less. */
const FORMS: Record<string, Permission> = {
  "/nodes/join": "agent:write",
  "/tasks/new": "task:write",
  "/deployments/new": "config:deploy",
};

/** What the page at a path needs, to be held somewhere; undefined: nothing. */
export function permissionFor(pathname: string): Permission | undefined {
  const form = FORMS[pathname];
  if (form) return form;
  const destinations = navigation.flatMap((section) => section.destinations);
  return destinations.find(({ path }) =>
    path === "/" ? pathname === "/" : `${pathname}/`.startsWith(`${path}/`),
  )?.permission;
}

/** The page at a path, or calmly what is lacking to use it. */
export function Permitted({ pathname, children }: { pathname: string; children: ReactNode }) {
  const access = useAccess();
  const permission = permissionFor(pathname);
  return permission && !access.somewhere(permission) ? <NoAccess permission={permission} /> : children;
}

function NoAccess({ permission }: { permission: Permission }) {
  const access = useAccess();
  const { data } = useQuery({ ...roles.all(), enabled: access.somewhere("role:read") });
  const { data: known } = useQuery(permissionsQuery);
  const builtIn = known?.find((one) => one.permission === permission)?.roles ?? [];
  const own = (data?.rows ?? []).filter(({ permissions }) => permissions.includes(permission));
  const having = [...new Set([...builtIn, ...own.map(({ name }) => name)])];
  return (
    <PageFrame title={text.steps.noAccess}>
      <Panel>
        <Empty
          action={
            <PageLink to="/account" className="text-link">
              {text.steps.yourAccess}
            </PageLink>
          }
        >
          {text.steps.permissionNeeded} <span className="mono">{permission}</span>. {text.steps.forbidden}
          {having.length > 0 && (
            <>
              <br />
              {text.steps.rolesWithIt} {having.join(", ")}
            </>
          )}
        </Empty>
      </Panel>
    </PageFrame>
  );
}
