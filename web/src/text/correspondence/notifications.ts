import type { Schema } from "../../api/types";

const kinds: Record<Schema<"Kind">, string> = {
  "user.created": "A user was made",
  "administrator.granted": "Somebody became an administrator or an owner",
  "invite.accepted": "An invite was accepted",
  "last-owner.attempt": "Somebody tried to delete the last owner or administrator",
  "node.joined": "A node has joined",
  "node.waiting": "A node waits for approval",
  "audit.failure": "The audit log does not hold any more",
  "certificate.failure": "The API's certificate could not be renewed",
  "sign-in.failures": "Sign-ins of an account keep failing",
};

export const notifications = {
  title: "Notifications by mail",
  ofOrganization: "Who is told what happens in this organization.",
  ofAll: "Who is told what happens anywhere on this control plane.",
  recipients: "To",
  recipientsHelp: "Addresses; Enter after each. None: nobody is told.",
  about: "About",
  kinds,
  saved: "Notifications are set",
};
