// All English of the dashboard: one file per part of it. Pages name a text, they do not hold it.

import { settings } from "./appliance/settings";
import { common } from "./common";
import { invites } from "./correspondence/invites";
import { mail } from "./correspondence/mail";
import { notifications } from "./correspondence/notifications";
import { errors } from "./errors";
import { fleet } from "./fleet/fleet";
import { mesh } from "./fleet/mesh";
import { nodes } from "./fleet/nodes";
import { operations } from "./fleet/operations";
import { tasks } from "./fleet/tasks";
import { live } from "./live";
import { account } from "./people/account";
import { grants } from "./people/grants";
import { groups } from "./people/groups";
import { keys } from "./people/keys";
import { organizations } from "./people/organizations";
import { providers } from "./people/providers";
import { roles } from "./people/roles";
import { signIn } from "./people/sign-in";
import { users } from "./people/users";
import { audit } from "./records/audit";
import { events } from "./records/events";
import { secrets } from "./trust/secrets";

export const text = {
  account,
  audit,
  common,
  errors,
  events,
  fleet,
  grants,
  groups,
  invites,
  keys,
  live,
  mail,
  mesh,
  nodes,
  notifications,
  operations,
  organizations,
  providers,
  roles,
  secrets,
  settings,
  signIn,
  tasks,
  users,
};
