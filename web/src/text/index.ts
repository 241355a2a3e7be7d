// All English of the dashboard: one file per part of it. Pages name a text, they do not hold it.
import { common } from "./common";
import { errors } from "./errors";
import { fleet } from "./fleet";
import { live } from "./live";
import { nodes } from "./nodes";
import { signIn } from "./sign-in";

export const text = { common, errors, fleet, live, nodes, signIn };
