import { api, dataOf, pageOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { filled, searchRows } from "../../components/searchRows";

export type Invite = Schema<"InviteView">;
export type NewInvite = Schema<"NewInvite">;

export interface InviteFilters {
  search: string;
  state: string;
  sort: string;
}

export function listInvites({ search, state, sort }: InviteFilters, page: number, perPage: number) {
  return searchRows<Invite>(
    search,
    (invite) => [invite.email],
    (at, count) =>
      pageOf(
        api.GET("/api/v1/invites", {
          params: {
            query: {
              page: at,
              per_page: count,
              ...filled({ state: state as Invite["state"] | "", sort }),
            } as never,
          },
        }),
      ),
    page,
    perPage,
  );
}

export function makeInvite(body: Schema<"InviteRequest">) {
  return dataOf(api.POST("/api/v1/invites", { body }));
}

export function resendInvite(invite: string, ttl: string) {
  return dataOf(api.POST("/api/v1/invites/{invite}/resend", { params: { path: { invite } }, body: { ttl } }));
}

export function revokeInvite(invite: string) {
  return dataOf(api.DELETE("/api/v1/invites/{invite}", { params: { path: { invite } } }));
}
