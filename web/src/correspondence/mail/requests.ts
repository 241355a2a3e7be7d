import { api, dataOf, pageOf, taggedOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { filled } from "../../components/searchRows";

export type MailSettings = Schema<"MailSettingsView">;
export type Message = Schema<"MessageView">;

export const mailSettingsQuery = {
  queryKey: ["settings", "mail"],
  queryFn: () => taggedOf(api.GET("/api/v1/settings/mail")),
};

export function setMailSettings(body: Schema<"MailSettingsRequest">, tag: string) {
  return dataOf(api.PUT("/api/v1/settings/mail", { params: { header: { "If-Match": tag } } as never, body }));
}

export function testMail() {
  return dataOf(api.POST("/api/v1/settings/mail/test", { body: {} }));
}

export function listMessages(filters: { state: string; sort: string }, page: number, perPage: number) {
  return pageOf(
    api.GET("/api/v1/settings/mail/messages", {
      params: { query: { page, per_page: perPage, ...filled({ ...filters }) } as never },
    }),
  );
}
