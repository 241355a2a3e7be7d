import type { Permission, WhoAmI } from "../api/types";

type Summary = WhoAmI["access"];

/** Only own properties: an organization may be called "constructor". */
function permissionsAt(places: Record<string, string[]>, place: string): string[] {
  return Object.hasOwn(places, place) ? (places[place] ?? []) : [];
}

/** Whether the permission is held anywhere: if not, its pages are not offered. */
export function maySomewhere(access: Summary, permission: Permission): boolean {
  const places = [
    access.everywhere,
    ...Object.values(access.organizations),
    ...Object.values(access.workspaces),
  ];
  return places.some((permissions) => permissions.includes(permission));
}

/** Whether it is held in a workspace, named as `organization/workspace`. */
export function mayIn(access: Summary, permission: Permission, workspace: string): boolean {
  const organization = workspace.split("/", 1)[0] ?? "";
  return [
    access.everywhere,
    permissionsAt(access.organizations, organization),
    permissionsAt(access.workspaces, workspace),
  ].some((permissions) => permissions.includes(permission));
}

/** Whether it is held in an organization as a whole. */
export function mayInOrganization(access: Summary, permission: Permission, organization: string): boolean {
  return [access.everywhere, permissionsAt(access.organizations, organization)].some((permissions) =>
    permissions.includes(permission),
  );
}

/** Whether it is held on the whole control plane. */
export function mayEverywhere(access: Summary, permission: Permission): boolean {
  return access.everywhere.includes(permission);
}
