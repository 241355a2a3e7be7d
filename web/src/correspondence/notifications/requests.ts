import { api, dataOf, taggedOf } from "../../api/client";
import { refreshAfter } from "../../api/queries";
import type { Schema } from "../../api/types";

export type NotificationSettings = Schema<"NotificationSettingsView">;

const SETTINGS = "settings";

/** Of an organization; "": of the whole control plane. */
export function notificationsQuery(organization: string) {
  return {
    queryKey: [SETTINGS, "notifications", organization],
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
): Promise<NotificationSettings> {
  const header = { "If-Match": tag };
  const change = organization
    ? dataOf(
        api.PUT("/api/v1/organizations/{organization}/notifications", {
          params: { path: { organization }, header },
          body,
        }),
      )
    : dataOf(api.PUT("/api/v1/settings/notifications", { params: { header } as never, body }));
  return refreshAfter(SETTINGS, change);
}
