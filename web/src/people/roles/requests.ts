import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Role = Schema<"RoleView">;
export type Group = Schema<"GroupView">;
export type Grant = Schema<"BindingView">;

export const roles = collection("/api/v1/roles/{role}");
export const groups = collection("/api/v1/groups/{group}");
export const grants = collection("/api/v1/grants/{grant}");

/** Narrowing a list of grants; all are optional. */
export type GrantQuery = Parameters<typeof grants.list>[0];

export function membersQuery(group: string) {
  return {
    queryKey: [groups.name, "members", group],
    queryFn: () => dataOf(api.GET("/api/v1/groups/{group}/members", { params: { path: { group } } })),
  };
}

export function addMember(group: string, user: string) {
  const params = { path: { group } };
  return groups.refreshAfter(dataOf(api.POST("/api/v1/groups/{group}/members", { params, body: { user } })));
}

export function removeMember(group: string, user: string) {
  const params = { path: { group, user } };
  return groups.refreshAfter(dataOf(api.DELETE("/api/v1/groups/{group}/members/{user}", { params })));
}
