import { Button, Group, Loader, Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import type { Task } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { count } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text";
import { took } from "../tasks/TaskTable";
import classes from "./OperationPage.module.css";
import { cancelOperation, ended, operationQuery } from "./requests";

export function OperationPage() {
  const { operation: id } = useParams({ strict: false }) as { operation: string };
  const access = useAccess();
  const asked = useQuery(operationQuery(id));
  const above = (
    <Link to="/operations" className="back-link">
      {text.operations.title}
    </Link>
  );
  const operation = asked.data;
  if (operation === undefined) {
    return (
      <PageFrame title={text.operations.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const counts: Record<string, number> = { ...operation.counts };
  const { done, all } = ended(counts);
  const cancel = () =>
    confirmDestructive({
      title: text.operations.cancelTitle(operation.name),
      consequences: text.operations.cancelText,
      confirmLabel: text.operations.cancel,
      run: async () => {
        await cancelOperation(operation.id);
        notifyDone(text.operations.cancelled(operation.name));
      },
    });
  return (
    <PageFrame
      title={operation.name}
      above={above}
      beside={<Status state={operation.state} />}
      actions={
        done < all &&
        access.in("task:write", operation.workspace) && (
          <Button variant="default" c="red" onClick={cancel}>
            {text.operations.cancel}
          </Button>
        )
      }
    >
      <Progress value={operation.percent} aria-label={text.operations.progress} />
      <Panel title={text.operations.overview}>
        <Fields>
          <Field name={text.nodes.id}>
            <Copyable value={operation.id} what={text.nodes.id} />
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
      <Panel
        title={text.operations.tasks}
        aside={
          <Group gap="md">
            {Object.entries(counts)
              .filter(([, number]) => number > 0)
              .map(([state, number]) => (
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
    </PageFrame>
  );
}

function TaskLine({ task }: { task: Task }) {
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
        <span className="quiet truncate">{error?.message ?? took(task)}</span>
      )}
    </li>
  );
}
