import { placeOf } from "../../access/places";
import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Permission, Schema } from "../../api/types";
import { filled, searchRows } from "../../components/searchRows";

export type User = Schema<"UserView">;
export type Session = Schema<"SessionView">;

export interface UserFilters {
  search: string;
  status: string;
  organization: string;
  sort: string;
}

const STATUS: Record<string, { is_admin?: boolean; disabled?: boolean }> = {
  administrators: { is_admin: true },
  enabled: { disabled: false },
  disabled: { disabled: true },
};

export function listUsers(
  { search, status, organization, sort }: UserFilters,
  page: number,
  perPage: number,
) {
  return searchRows<User>(
    search,
    (user) => [user.username, user.display_name, user.email],
    (at, count) =>
      pageOf(
        api.GET("/api/v1/users", {
          params: {
            query: { page: at, per_page: count, ...STATUS[status], ...filled({ organization, sort }) },
          },
        }),
      ),
    page,
    perPage,
  );
}

/** By id or name. */
export function userQuery(user: string) {
  return {
    queryKey: ["users", "one", user],
    queryFn: () => taggedOf(api.GET("/api/v1/users/{user}", { params: { path: { user } } })),
  };
}

export function makeUser(body: Schema<"UserRequest">) {
  return dataOf(api.POST("/api/v1/users", { body }));
}

/** With `tag`, refused when somebody else has changed the user since they were read. */
export function changeUser(user: string, body: Schema<"UserPatch">, tag?: string) {
  const params = { path: { user }, ...(tag ? { header: { "If-Match": tag } } : {}) };
  return dataOf(api.PATCH("/api/v1/users/{user}", { params, body }));
}

export function deleteUser(user: string) {
  return dataOf(api.DELETE("/api/v1/users/{user}", { params: { path: { user } } }));
}

export function setPassword(user: string, body: Schema<"PasswordRequest">) {
  return dataOf(api.POST("/api/v1/users/{user}/password", { params: { path: { user } }, body }));
}

export function factorsQuery(user: string) {
  return {
    queryKey: ["users", "factors", user],
    queryFn: () => dataOf(api.GET("/api/v1/users/{user}/second-factors", { params: { path: { user } } })),
  };
}

export function resetFactors(user: string) {
  return dataOf(api.POST("/api/v1/users/{user}/second-factors/reset", { params: { path: { user } } }));
}

/** "": one's own. */
export function sessionsQuery(user: string) {
  return {
    queryKey: ["sessions", user],
    queryFn: () =>
      pageOf(
        api.GET("/api/v1/sessions", {
          params: { query: { per_page: 1000, sort: "-last_used_at", ...filled({ user }) } },
        }),
      ),
  };
}

export function endSession(session: string) {
  return dataOf(api.DELETE("/api/v1/sessions/{session}", { params: { path: { session } } }));
}

/** Whether somebody may do something somewhere, and why. */
export function canQuery(user: string, permission: Permission, place: string) {
  return {
    queryKey: ["grants", "can", user, permission, place],
    queryFn: () =>
      dataOf(
        api.GET("/api/v1/can", { params: { query: { user, permission, ...(place ? placeOf(place) : {}) } } }),
      ),
  };
}
