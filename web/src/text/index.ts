// All English of the dashboard: one file per part of it. Pages name a text, they do not hold it.
import { audit } from "./records/audit";
import { operations } from "./fleet/operations";
import { settings } from "./appliance/settings";
import { account } from "./people/account";
import { grants } from "./people/grants";
import { groups } from "./people/groups";
import { invites } from "./correspondence/invites";
import { keys } from "./people/keys";
import { mail } from "./correspondence/mail";
import { organizations } from "./people/organizations";
import { providers } from "./people/providers";
import { roles } from "./people/roles";
import { secrets } from "./trust/secrets";
import { users } from "./people/users";
import { notifications } from "./correspondence/notifications";
import { common } from "./common";
import { errors } from "./errors";
import { events } from "./records/events";
import { fleet } from "./fleet/fleet";
import { live } from "./live";
import { mesh } from "./fleet/mesh";
import { nodes } from "./fleet/nodes";
import { signIn } from "./people/sign-in";
import { tasks } from "./fleet/tasks";

export const text = {
  account, audit, common, errors, events, fleet, grants, groups, invites, keys, live, mail, mesh, nodes, notifications, operations,
  organizations, providers, roles, secrets, settings, signIn, tasks, users,
};
