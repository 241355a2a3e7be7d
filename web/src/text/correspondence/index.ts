import { text as shared } from "..";
import { invites } from "./invites";
import { mail } from "./mail";
import { notifications } from "./notifications";

export const text = { ...shared, invites, mail, notifications };
