import { api, dataOf, taggedOf } from "../../api/client";
import { listAt } from "../../api/collection";
import { refreshAfter } from "../../api/queries";
import type { Schema } from "../../api/types";

export type MailSettings = Schema<"MailSettingsView">;
export type Message = Schema<"MessageView">;

const SETTINGS = "settings";

/** Mail that waits, went out, or did not. */
export const messages = listAt("/api/v1/settings/mail/messages", SETTINGS);

export const mailSettingsQuery = {
  queryKey: [SETTINGS, "mail"],
  queryFn: () => taggedOf(api.GET("/api/v1/settings/mail")),
};

export function setMailSettings(body: Schema<"MailSettingsRequest">, tag: string) {
  const params = { header: { "If-Match": tag } } as never;
  return refreshAfter(SETTINGS, dataOf(api.PUT("/api/v1/settings/mail", { params, body })));
}

export function testMail(): Promise<Schema<"MailTest">> {
  return dataOf(api.POST("/api/v1/settings/mail/test", { body: {} }));
}
