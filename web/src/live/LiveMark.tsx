import { Button, Tooltip } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { text } from "../text";
import classes from "./LiveMark.module.css";
import { retryNow, useLiveState, useRetryAt } from "./LiveProvider";

const COUNT_MS = 250;

const HELP = {
  open: text.live.openHelp,
  connecting: text.live.connecting,
  lost: text.live.lostHelp,
  off: text.live.offHelp,
};

/** Whether what is shown is what is: a dot and a word. */
export function LiveMark() {
  const state = useLiveState();
  return (
    <Tooltip label={HELP[state]} multiline maw={260}>
      <span className={classes.mark} data-state={state} role="status" aria-live="polite">
        <span className={classes.dot} aria-hidden />
        <span className={classes.word}>{state === "lost" ? text.live.connecting : text.live[state]}</span>
      </span>
    </Tooltip>
  );
}

/** While the control plane is away: says so, above what was there. */
export function LiveBanner() {
  if (useLiveState() !== "lost") return null;
  return (
    <div className={classes.banner} role="alert">
      <IconPlugConnectedX size={16} aria-hidden />
      <span>
        <strong>{text.live.lost}.</strong> {text.live.lostHelp} <Countdown />
      </span>
      <Button size="compact-xs" variant="default" ml="auto" onClick={retryNow}>
        {text.errors.tryAgain}
      </Button>
    </div>
  );
}

/** Seconds until it is tried again; not for a screen reader, which would read each. */
function Countdown() {
  const at = useRetryAt();
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const show = () => setLeft(Math.max(0, Math.ceil((at - Date.now()) / 1000)));
    show();
    const timer = setInterval(show, COUNT_MS);
    return () => clearInterval(timer);
  }, [at]);
  return <span aria-hidden>{left > 0 ? text.live.retryIn(left) : text.live.retrying}</span>;
}
