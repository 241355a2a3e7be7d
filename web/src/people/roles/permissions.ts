import type { Permission } from "../../api/types";

// The compiler refuses this when the API has a permission that is not here, or no longer has one that is.
const KNOWN: Record<Permission, true> = {
  "organization:read": true,
  "organization:write": true,
  "organization:delete": true,
  "workspace:read": true,
  "workspace:write": true,
  "workspace:delete": true,
  "agent:read": true,
  "agent:write": true,
  "agent:reload": true,
  "agent:delete": true,
  "config:read": true,
  "config:write": true,
  "config:deploy": true,
  "config:delete": true,
  "certificate:read": true,
  "certificate:write": true,
  "certificate:delete": true,
  "certificate:export": true,
  "artifact:read": true,
  "artifact:write": true,
  "artifact:delete": true,
  "task:read": true,
  "task:write": true,
  "mesh:read": true,
  "mesh:write": true,
  "secret:read": true,
  "secret:write": true,
  "secret:delete": true,
  "secret:reveal": true,
  "user:read": true,
  "user:write": true,
  "user:delete": true,
  "group:read": true,
  "group:write": true,
  "group:delete": true,
  "role:read": true,
  "role:write": true,
  "role:delete": true,
  "key:read": true,
  "key:write": true,
  "key:delete": true,
  "invite:read": true,
  "invite:write": true,
  "invite:delete": true,
  "audit:read": true,
  "event:read": true,
  "log:read": true,
  "settings:read": true,
  "settings:write": true,
};

export const PERMISSIONS = Object.keys(KNOWN) as Permission[];

/** Of the control plane as a whole: its administrators have them, no role does. */
const OF_ADMINISTRATORS = "settings";

export const COLUMNS = ["read", "write", "delete"] as const;

export interface PermissionRow {
  resource: string;
  /** The permission in each of COLUMNS, where there is one. */
  usual: (Permission | null)[];
  /** Those of other verbs. */
  further: Permission[];
}

export function verbOf(permission: string): string {
  return permission.slice(permission.indexOf(":") + 1);
}

/** All permissions that a role can have, a row per resource. */
export function permissionRows(permissions: readonly Permission[] = PERMISSIONS): PermissionRow[] {
  const resources = [...new Set(permissions.map((permission) => permission.split(":", 1)[0] ?? ""))];
  return resources
    .filter((resource) => resource !== OF_ADMINISTRATORS)
    .map((resource) => {
      const own = permissions.filter((permission) => permission.startsWith(`${resource}:`));
      return {
        resource,
        usual: COLUMNS.map((verb) => own.find((permission) => verbOf(permission) === verb) ?? null),
        further: own.filter((permission) => !(COLUMNS as readonly string[]).includes(verbOf(permission))),
      };
    });
}
