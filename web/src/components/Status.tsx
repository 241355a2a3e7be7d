import {
  type Icon,
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowUp,
  IconBan,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerPause,
  IconTool,
  IconUserQuestion,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { asWords } from "./asWords";
import classes from "./Status.module.css";

type Tone = "ok" | "warn" | "bad" | "idle" | "busy" | "maintenance";

// Colour and icon of every state of the API; with the word beside them a state is never told by colour alone.
const STATES: Record<string, [tone: Tone, icon: Icon]> = {
  Online: ["ok", IconCircleCheck],
  Degraded: ["warn", IconAlertTriangle],
  Offline: ["bad", IconCircleX],
  Maintenance: ["maintenance", IconTool],
  Pending: ["idle", IconClock],
  waiting: ["warn", IconUserQuestion],
  queued: ["idle", IconClock],
  running: ["busy", IconLoader2],
  succeeded: ["ok", IconCircleCheck],
  failed: ["bad", IconCircleX],
  cancelled: ["idle", IconBan],
  paused: ["warn", IconPlayerPause],
  cancelling: ["busy", IconLoader2],
  undoing: ["busy", IconLoader2],
  undone: ["idle", IconArrowBackUp],
  undo_failed: ["bad", IconCircleX],
  skipped: ["idle", IconBan],
  direct: ["ok", IconCircleCheck],
  relayed: ["warn", IconAlertTriangle],
  idle: ["idle", IconPlayerPause],
  down: ["bad", IconCircleX],
  ok: ["ok", IconCircleCheck],
  denied: ["warn", IconBan],
  active: ["ok", IconCircleCheck],
  enabled: ["ok", IconCircleCheck],
  disabled: ["idle", IconBan],
  expiring: ["warn", IconAlertTriangle],
  expired: ["idle", IconClock],
  revoked: ["idle", IconBan],
  outdated: ["warn", IconArrowUp],
  open: ["ok", IconCircleCheck],
  used: ["idle", IconCircleCheck],
  replaced: ["idle", IconBan],
  pending: ["idle", IconClock],
  accepted: ["ok", IconCircleCheck],
  valid: ["ok", IconCircleCheck],
  sent: ["ok", IconCircleCheck],
};

export function toneOf(state: string): Tone {
  return STATES[state]?.[0] ?? "idle";
}

/** A state of the API; `word` where it is called otherwise here. */
export function Status({ state, word }: { state: string; word?: ReactNode }) {
  const [tone, Picture] = STATES[state] ?? ["idle", IconClock];
  return (
    <span className={classes.status} data-tone={tone}>
      <Picture
        size={15}
        stroke={2}
        aria-hidden
        className={state === "running" ? classes.turning : undefined}
      />
      <span>{word ?? asWords(state)}</span>
    </span>
  );
}
