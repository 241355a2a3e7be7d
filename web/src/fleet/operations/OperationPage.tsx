import { Button, Group, Progress } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { asWords } from "../../components/asWords";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { confirmDestructive } from "../../components/confirm";
import { Field, Fields } from "../../components/Fields";
import { notifyDone, notifyFailure } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import classes from "./OperationPage.module.css";
import { cancelOperation, operations, pauseOperation, resumeOperation } from "./requests";

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
      actions={(operation) => <Actions operation={operation} />}
    >
      {(operation) => (
        <>
          <Progress value={operation.percent} aria-label={text.operations.progress} />
          <Overview operation={operation} />
          <Steps operation={operation} />
        </>
      )}
    </ResourcePage>
  );
}

/** What the API says can be done with it now. */
function Actions({ operation }: Shown) {
  const access = useAccess();
  const { id, name, can } = operation;
  if (!access.in("task:write", operation.workspace)) return null;
  const cancel = (undo: boolean) =>
    confirmDestructive({
      title: undo ? text.operations.undoTitle(name) : text.operations.cancelTitle(name),
      consequences: undo ? text.operations.undoText : text.operations.cancelText,
      confirmLabel: undo ? text.operations.undo : text.operations.cancel,
      keepLabel: text.confirmations.keepRunning,
      run: () => cancelOperation(id, undo),
      done: undo ? text.operations.undone(name) : text.operations.cancelled(name),
    });
  return (
    <Group gap="xs">
      {can.includes("pause") && (
        <OrderButton
          label={text.operations.pause}
          run={() => pauseOperation(id)}
          done={text.operations.paused(name)}
        />
      )}
      {can.includes("resume") && (
        <OrderButton
          label={text.operations.resume}
          run={() => resumeOperation(id)}
          done={text.operations.resumed(name)}
        />
      )}
      {can.includes("undo") && (
        <Button variant="default" c="var(--nimbus-bad)" onClick={() => cancel(true)}>
          {text.operations.undo}
        </Button>
      )}
      {can.includes("cancel") && (
        <Button variant="default" c="var(--nimbus-bad)" onClick={() => cancel(false)}>
          {text.operations.cancel}
        </Button>
      )}
    </Group>
  );
}

function OrderButton({ label, run, done }: { label: string; run: () => Promise<unknown>; done: string }) {
  const order = useMutation({
    mutationFn: run,
    onSuccess: () => notifyDone(done),
    onError: (error) => notifyFailure(error),
  });
  return (
    <Button variant="default" loading={order.isPending} onClick={() => order.mutate()}>
      {label}
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
        <Field name={text.common.workspace}>
          <PageLink to="/operations" search={{ workspace: operation.workspace }} className="row-link">
            {operation.workspace}
          </PageLink>
        </Field>
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

function Steps({ operation }: Shown) {
  const { total: _, ...counts } = operation.counts;
  const byState = Object.entries(counts).filter(([, number]) => number > 0);
  return (
    <Panel
      title={text.operations.steps}
      aside={
        <Group gap="md">
          {byState.map(([state, number]) => (
            <Status key={state} state={state} word={`${count(number)} ${asWords(state)}`} />
          ))}
        </Group>
      }
    >
      <ul className={classes.tasks}>
        {operation.steps.map((step) => (
          <StepLine key={step.name} step={step} />
        ))}
      </ul>
    </Panel>
  );
}

function StepLine({ step }: { step: Schema<"StepView"> }) {
  const error = step.error as { message?: string } | null;
  const task = step.undo_task_id ?? step.task_id;
  return (
    <li>
      {task ? (
        <Link to="/tasks/$task" params={{ task }} className="row-link">
          {step.name}
        </Link>
      ) : (
        <span className="truncate">{step.name}</span>
      )}
      <Status state={step.state === "waiting" ? "queued" : step.state} word={asWords(step.state)} />
      {step.state === "running" && step.percent !== null ? (
        <Progress value={step.percent} size="sm" aria-label={text.tasks.progress} />
      ) : (
        <span className="quiet truncate">{error?.message ?? (step.held || step.needs.join(", "))}</span>
      )}
    </li>
  );
}
