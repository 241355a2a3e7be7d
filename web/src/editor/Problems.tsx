import { Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import { editor as words } from "../text/edge/editor";
import classes from "./Editor.module.css";
import type { Problem, Reveal } from "./messages";

const ICONS = { error: IconCircleX, warning: IconAlertTriangle, hint: IconInfoCircle };

/** What is wrong with a text; a line is gone to by its problem, where there is an editor. */
export function Problems(props: { problems: Problem[]; reveal?: (at: Omit<Reveal, "kind">) => void }) {
  if (props.problems.length === 0) return null;
  return (
    <ul aria-live="polite" className={classes.list}>
      {props.problems.map((problem) => (
        <li key={`${problem.line ?? 0} ${problem.column ?? 0} ${problem.message}`}>
          <One problem={problem} {...(props.reveal ? { reveal: props.reveal } : {})} />
        </li>
      ))}
    </ul>
  );
}

function One({ problem, reveal }: { problem: Problem; reveal?: (at: Omit<Reveal, "kind">) => void }) {
  const { message, line, column, severity } = problem;
  const Icon = ICONS[severity];
  const content = (
    <>
      <Icon size={15} aria-label={words.severity[severity]} className={classes[severity]} />
      {line !== undefined && <span className={`quiet ${classes.line}`}>{words.line(line)}</span>}
      <span>{message}</span>
    </>
  );
  if (line === undefined || reveal === undefined)
    return (
      <Text component="div" size="sm" className={classes.problem}>
        {content}
      </Text>
    );
  return (
    <UnstyledButton
      fz="sm"
      className={classes.problem}
      onClick={() => reveal({ line, ...(column === undefined ? {} : { column }) })}
    >
      {content}
    </UnstyledButton>
  );
}
