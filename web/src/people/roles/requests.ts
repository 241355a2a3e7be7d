import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { filled, searchRows } from "../../components/searchRows";

export type Role = Schema<"RoleView">;
export type Group = Schema<"GroupView">;
export type Grant = Schema<"BindingView">;

export interface NameFilters {
  search: string;
  sort: string;
}

export function listRoles({ search, sort }: NameFilters, page: number, perPage: number) {
  return searchRows<Role>(
    search,
    (role) => [role.name, role.description, role.organization],
    (at, count) =>
      pageOf(
        api.GET("/api/v1/roles", { params: { query: { page: at, per_page: count, ...filled({ sort }) } } }),
      ),
    page,
    perPage,
  );
}

export function roleQuery(role: string) {
  return {
    queryKey: ["roles", "one", role],
    queryFn: () => taggedOf(api.GET("/api/v1/roles/{role}", { params: { path: { role } } })),
  };
}

export function makeRole(body: Schema<"RoleRequest">) {
  return dataOf(api.POST("/api/v1/roles", { body }));
}

export function changeRole(role: string, body: Schema<"RolePatch">, tag: string) {
  const params = { path: { role }, header: { "If-Match": tag } };
  return dataOf(api.PATCH("/api/v1/roles/{role}", { params, body }));
}

export function deleteRole(role: string) {
  return dataOf(api.DELETE("/api/v1/roles/{role}", { params: { path: { role } } }));
}

export interface GrantFilters {
  user?: string;
  group?: string;
  key?: string;
  role?: string;
  organization?: string;
  workspace?: string;
  sort?: string;
}

export function listGrants(filters: GrantFilters, page: number, perPage: number) {
  return pageOf(
    api.GET("/api/v1/grants", { params: { query: { page, per_page: perPage, ...filled({ ...filters }) } } }),
  );
}

export function giveRole(body: Schema<"BindingRequest">) {
  return dataOf(api.POST("/api/v1/grants", { body }));
}

export function takeRole(grant: string) {
  return dataOf(api.DELETE("/api/v1/grants/{grant}", { params: { path: { grant } } }));
}

export function listGroups({ search, sort }: NameFilters, page: number, perPage: number) {
  return searchRows<Group>(
    search,
    (group) => [group.name, group.description, group.organization],
    (at, count) =>
      pageOf(
        api.GET("/api/v1/groups", { params: { query: { page: at, per_page: count, ...filled({ sort }) } } }),
      ),
    page,
    perPage,
  );
}

export function allGroupsQuery() {
  return {
    queryKey: ["groups", "all"],
    queryFn: () => pageOf(api.GET("/api/v1/groups", { params: { query: { per_page: 1000 } } })),
  };
}

export function groupQuery(group: string) {
  return {
    queryKey: ["groups", "one", group],
    queryFn: () => taggedOf(api.GET("/api/v1/groups/{group}", { params: { path: { group } } })),
  };
}

export function membersQuery(group: string) {
  return {
    queryKey: ["groups", "members", group],
    queryFn: () => dataOf(api.GET("/api/v1/groups/{group}/members", { params: { path: { group } } })),
  };
}

export function makeGroup(body: Schema<"GroupRequest">) {
  return dataOf(api.POST("/api/v1/groups", { body }));
}

export function changeGroup(group: string, body: Schema<"GroupPatch">, tag: string) {
  const params = { path: { group }, header: { "If-Match": tag } };
  return dataOf(api.PATCH("/api/v1/groups/{group}", { params, body }));
}

export function deleteGroup(group: string) {
  return dataOf(api.DELETE("/api/v1/groups/{group}", { params: { path: { group } } }));
}

export function addMember(group: string, user: string) {
  return dataOf(api.POST("/api/v1/groups/{group}/members", { params: { path: { group } }, body: { user } }));
}

export function removeMember(group: string, user: string) {
  return dataOf(api.DELETE("/api/v1/groups/{group}/members/{user}", { params: { path: { group, user } } }));
}
