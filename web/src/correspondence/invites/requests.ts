import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Invite = Schema<"InviteView">;
export type NewInvite = Schema<"NewInvite">;

export const invites = collection("/api/v1/invites/{invite}");

/** A new link, good for `ttl` ("7d"); the one before is void. */
export function resendInvite(invite: string, ttl: string): Promise<NewInvite> {
  const params = { path: { invite } };
  return invites.refreshAfter(dataOf(api.POST("/api/v1/invites/{invite}/resend", { params, body: { ttl } })));
}
