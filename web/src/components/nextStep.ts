import type { ApiError } from "../api/errors";
import { text } from "../text";

/** What to do about an error, in the words of the dashboard, and the page where that is done. */
export interface NextStep {
  words: string;
  to?: string;
  search?: Record<string, string>;
}

const { steps } = text;

const BY_CODE: Record<string, NextStep> = {
  FORBIDDEN: { words: steps.forbidden, to: "/account" },
  PRECONDITION_FAILED: { words: steps.changed },
  LAST_ADMINISTRATOR: { words: steps.lastAdministrator, to: "/users" },
  LAST_OWNER: { words: steps.lastOwner, to: "/grants" },
  LAST_WAY_IN: { words: steps.lastWayIn, to: "/account" },
  QUOTA_EXCEEDED: { words: steps.quota, to: "/artifacts" },
  ARTIFACT_IN_USE: { words: steps.artifactInUse, to: "/tasks" },
};

/** Where the dashboard has what a command of the terminal does: by the noun after `nimbus`, the longest first. */
const PAGES: readonly [command: string, page: string, name: string, tab?: string][] = [
  ["iam list-groups", "/groups", text.common.nav.groups],
  ["iam grant", "/grants", text.common.nav.grants],
  ["iam passkeys", "/account", text.common.nav.account],
  ["iam totp", "/account", text.common.nav.account],
  ["iam sessions", "/account", text.common.nav.account],
  ["iam set-password", "/account", text.common.nav.account],
  ["iam link", "/account", text.common.nav.account],
  ["iam unlink", "/account", text.common.nav.account],
  ["iam identities", "/account", text.common.nav.account],
  ["iam", "/users", text.common.nav.users],
  ["node token", "/nodes/join", text.common.joinNode],
  ["node", "/nodes", text.common.nav.nodes],
  ["task", "/tasks", text.common.nav.tasks],
  ["operation", "/operations", text.common.nav.operations],
  ["artifact", "/artifacts", text.common.nav.artifacts],
  ["secret", "/secrets", text.common.nav.secrets],
  ["invite", "/invites", text.common.nav.invites],
  ["mesh", "/mesh", text.common.nav.mesh],
  ["audit", "/audit", text.common.nav.audit],
  ["mail", "/settings", text.common.nav.settings, "mail"],
  ["identity-provider", "/settings", text.common.nav.settings, "providers"],
];

const COMMAND = /\bnimbus(?:-agent)? ([a-z][\w -]*)/;

/** Undefined: there is nothing more to say than the error itself does. */
export function nextStepOf(error: Pick<ApiError, "code" | "nextStep" | "unreachable">): NextStep | undefined {
  if (error.unreachable) return { words: text.errors.unreachableNext };
  const own = BY_CODE[error.code];
  if (own) return own;
  const command = COMMAND.exec(error.nextStep)?.[1];
  if (command === undefined) return error.nextStep ? { words: error.nextStep } : undefined;
  const page = PAGES.find(([noun]) => `${command} `.startsWith(`${noun} `));
  if (page === undefined) return undefined;
  const [, to, name, tab] = page;
  return { words: steps.see(name), to, ...(tab ? { search: { tab } } : {}) };
}
