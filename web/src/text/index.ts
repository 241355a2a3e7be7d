// All English of the dashboard: one file per part of it. Pages name a text, they do not hold it.
import { audit } from "./audit";
import { operations } from "./operations";
import { settings } from "./settings";
import { common } from "./common";
import { errors } from "./errors";
import { events } from "./events";
import { fleet } from "./fleet";
import { live } from "./live";
import { mesh } from "./mesh";
import { nodes } from "./nodes";
import { signIn } from "./sign-in";
import { tasks } from "./tasks";

export const text = { settings, operations, audit, common, errors, events, fleet, live, mesh, nodes, signIn, tasks };
