import type { Schema } from "../../api/types";

const kinds: Record<Schema<"Kind">, string> = {
  "user.created": "User created",
  "administrator.granted": "Administrator or owner rights granted",
  "invite.accepted": "Invite accepted",
  "last-owner.attempt": "Attempt to delete the last owner or administrator",
  "node.joined": "Node joined",
  "node.waiting": "Node waiting for approval",
  "audit.failure": "Audit log verification failed",
  "certificate.failure": "Renewal of the API certificate failed",
  "sign-in.failures": "Repeated failed sign-ins to an account",
  "certificate.expiry": "a certificate of the edge ends",
  "certificate.not-issued": "a certificate of the edge cannot be ordered or renewed",
  "edge.stopped": "nginx stopped on an edge",
  "edge.rolled_back": "Deployment rolled back on an edge",
  "edge.server": "Server of an upstream down or back",
};

export const notifications = {
  title: "Email notifications",
  ofOrganization: "Recipients are notified of events in this organization.",
  ofAll: "Recipients are notified of events anywhere on this control plane.",
  recipients: "Recipients",
  recipientsHelp: "Press Enter after each address. Leave empty to disable.",
  about: "Events",
  kinds,
  saved: "Notifications saved",
};
