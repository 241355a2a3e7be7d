import { api, dataOf } from "../api/client";

/** All permissions: what each is for, what its resource is called, and which built-in roles have it. */
export const permissionsQuery = {
  queryKey: ["permissions"],
  queryFn: () => dataOf(api.GET("/api/v1/permissions")),
  staleTime: Number.POSITIVE_INFINITY,
};
