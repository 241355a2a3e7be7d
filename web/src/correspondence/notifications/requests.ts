import { api, dataOf, taggedOf } from "../../api/client";
import type { Schema } from "../../api/types";

/** "": of the whole control plane. */
export function notificationsQuery(organization: string) {
  return {
    queryKey: ["settings", "notifications", organization],
    queryFn: () =>
      organization
        ? taggedOf(
            api.GET("/api/v1/organizations/{organization}/notifications", {
              params: { path: { organization } },
            }),
          )
        : taggedOf(api.GET("/api/v1/settings/notifications")),
  };
}

export function setNotifications(
  organization: string,
  body: Schema<"NotificationSettingsRequest">,
  tag: string,
) {
  const header = { "If-Match": tag };
  return organization
    ? dataOf(
        api.PUT("/api/v1/organizations/{organization}/notifications", {
          params: { path: { organization }, header },
          body,
        }),
      )
    : dataOf(api.PUT("/api/v1/settings/notifications", { params: { header } as never, body }));
}
