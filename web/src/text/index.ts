// All English of the dashboard: one file per part of it. Pages name a text, they do not hold it.
import { audit } from "./audit";
import { operations } from "./operations";
import { settings } from "./settings";
import { account } from "./account";
import { grants } from "./grants";
import { groups } from "./groups";
import { invites } from "./invites";
import { keys } from "./keys";
import { mail } from "./mail";
import { organizations } from "./organizations";
import { providers } from "./providers";
import { roles } from "./roles";
import { secrets } from "./secrets";
import { users } from "./users";
import { notifications } from "./notifications";
import { common } from "./common";
import { errors } from "./errors";
import { events } from "./events";
import { fleet } from "./fleet";
import { live } from "./live";
import { mesh } from "./mesh";
import { nodes } from "./nodes";
import { signIn } from "./sign-in";
import { tasks } from "./tasks";

export const text = {
  account, audit, common, errors, events, fleet, grants, groups, invites, keys, live, mail, mesh, nodes, notifications, operations,
  organizations, providers, roles, secrets, settings, signIn, tasks, users,
};
