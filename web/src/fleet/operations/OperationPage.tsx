import { Button, Group, Progress } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { confirmDestructive } from "../../components/confirm";
import { Field, Fields } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { duration } from "../tasks";
import classes from "./OperationPage.module.css";
import { cancelOperation, finished, operations } from "./requests";

interface Shown {
  operation: Schema<"OperationDetails">;
}

export function OperationPage() {
  return (
    <ResourcePage
      of={operations}
      listTitle={text.operations.title}
      title={({ name }) => name}
      beside={({ state }) => <Status state={state} />}
      actions={(operation) => <CancelButton operation={operation} />}
    >
      {(operation) => (
        <>
          <Progress value={operation.percent} aria-label={text.operations.progress} />
          <Overview operation={operation} />
          <Tasks operation={operation} />
        </>
      )}
    </ResourcePage>
  );
}

function CancelButton({ operation }: Shown) {
  const access = useAccess();
  const { done, all } = finished(operation);
  if (done === all || !access.in("task:write", operation.workspace)) return null;
  const cancel = () =>
    confirmDestructive({
      title: text.operations.cancelTitle(operation.name),
      consequences: text.operations.cancelText,
      confirmLabel: text.operations.cancel,
      run: () => cancelOperation(operation.id),
      done: text.operations.cancelled(operation.name),
    });
  return (
    <Button variant="default" c="red" onClick={cancel}>
      {text.operations.cancel}
    </Button>
  );
}

function Overview({ operation }: Shown) {
  return (
    <Panel title={text.operations.overview}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={operation.id} what={text.common.id} />
        </Field>
        <Field name={text.tasks.kind}>
          <span className="mono">{operation.kind}</span>
        </Field>
        <Field name={text.common.workspace}>{operation.workspace}</Field>
        <Field name={text.operations.createdBy}>{operation.created_by}</Field>
        <Field name={text.operations.created}>
          <When at={operation.created_at} />
        </Field>
        {Object.entries(operation.parameters).map(([name, value]) => (
          <Field key={name} name={name}>
            <span className="mono">{JSON.stringify(value)}</span>
          </Field>
        ))}
      </Fields>
    </Panel>
  );
}

function Tasks({ operation }: Shown) {
  const byState = Object.entries({ ...operation.counts }).filter(([, number]) => number > 0);
  return (
    <Panel
      title={text.operations.tasks}
      aside={
        <Group gap="md">
          {byState.map(([state, number]) => (
            <Status key={state} state={state} word={`${count(number)} ${state}`} />
          ))}
        </Group>
      }
    >
      <ul className={classes.tasks}>
        {operation.tasks.map((task) => (
          <TaskLine key={task.id} task={task} />
        ))}
      </ul>
    </Panel>
  );
}

function TaskLine({ task }: { task: Schema<"TaskView"> }) {
  const error = task.error as { message?: string } | null;
  return (
    <li>
      <Link to="/tasks/$task" params={{ task: task.id }} className="row-link">
        {task.node}
      </Link>
      <Status state={task.state} />
      {task.state === "running" && task.percent !== null ? (
        <Progress value={task.percent} size="sm" aria-label={text.tasks.progress} />
      ) : (
        <span className="quiet truncate">{error?.message ?? duration(task)}</span>
      )}
    </li>
  );
}
