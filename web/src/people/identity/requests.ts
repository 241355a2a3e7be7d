import { placeOf } from "../../access/places";
import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Permission, Schema } from "../../api/types";

export type User = Schema<"UserView">;

/** By id or name; "me" is whoever asks. */
export const users = collection("/api/v1/users/{user}");
export const sessions = collection("/api/v1/sessions/{session}");

export function setPassword(user: string, body: Schema<"PasswordRequest">) {
  const params = { path: { user } };
  return users.refreshAfter(dataOf(api.POST("/api/v1/users/{user}/password", { params, body })));
}

export function factorsQuery(user: string) {
  return {
    queryKey: [users.name, "factors", user],
    queryFn: () => dataOf(api.GET("/api/v1/users/{user}/second-factors", { params: { path: { user } } })),
  };
}

export function resetFactors(user: string) {
  const params = { path: { user } };
  return users.refreshAfter(dataOf(api.POST("/api/v1/users/{user}/second-factors/reset", { params })));
}

/** Where a user is signed in; "": whoever asks. */
export function sessionsQuery(user: string) {
  return sessions.all({ sort: "-last_used_at", ...(user ? { user } : {}) });
}

export function endSessions(ids: string[]) {
  const requests = ids.map((session) =>
    dataOf(api.DELETE("/api/v1/sessions/{session}", { params: { path: { session } } })),
  );
  return sessions.refreshAfter(Promise.all(requests));
}

/** Whether a user may do something somewhere ("": anywhere), and why. */
export function canQuery(user: string, permission: Permission, place: string) {
  const query = { user, permission, ...(place ? placeOf(place) : {}) };
  return {
    queryKey: ["grants", "can", user, permission, place],
    queryFn: () => dataOf(api.GET("/api/v1/can", { params: { query } })),
  };
}
