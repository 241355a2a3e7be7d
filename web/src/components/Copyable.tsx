import { ActionIcon, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { text } from "../text";
import classes from "./Copyable.module.css";

/** An id or address in monospace, with a button that copies it. `what` names it to a screen reader. */
export function Copyable({ value, what, shown }: { value: string; what: string; shown?: string }) {
  return (
    <span className={classes.line}>
      <span className={`mono ${classes.value}`}>{shown ?? value}</span>
      <Copy value={value} what={what} />
    </span>
  );
}

export function Copy({ value, what }: { value: string; what: string }) {
  return (
    <CopyButton value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? text.common.copied : text.common.copy}>
          <ActionIcon
            size="xs"
            color={copied ? "teal" : "gray"}
            onClick={(event) => {
              event.stopPropagation();
              event.preventDefault();
              copy();
            }}
            aria-label={copied ? text.common.copied : text.common.copyWhat(what)}
          >
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A command of one or more lines to paste into a terminal. */
export function CommandLine({ command, what }: { command: string; what: string }) {
  return (
    <Group className={classes.command} wrap="nowrap" align="flex-start" gap="xs">
      <section className={classes.text} tabIndex={0} aria-label={what}>
        <pre className="mono">{command}</pre>
      </section>
      <Copy value={command} what={what} />
    </Group>
  );
}
