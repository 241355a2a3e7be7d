import { Button, Code, Progress, Stack, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { Copy, Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { confirmDestructive } from "../../components/confirm";
import { Field, Fields } from "../../components/Fields";
import { notifyFailure } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { cancelTask, retryTask, type Task, tasks } from "./requests";
import { TaskLog } from "./TaskLog";
import { duration, isOpen } from "./taskTime";

export function TaskPage() {
  return (
    <ResourcePage
      of={tasks}
      listTitle={text.tasks.title}
      title={(task) => `${asWords(task.kind)} · ${task.node}`}
      beside={(task) => (
        <Status
          state={task.state}
          word={task.cancel_requested && isOpen(task) ? text.tasks.cancelRequested : undefined}
        />
      )}
      actions={(task) => <Actions task={task} />}
    >
      {(task) => (
        <>
          {task.state === "running" && task.percent !== null && (
            <Progress value={task.percent} aria-label={text.tasks.progress} />
          )}
          <div className="columns">
            <Overview task={task} />
            <Outcome task={task} />
          </div>
          <TaskLog task={task} />
        </>
      )}
    </ResourcePage>
  );
}

function Actions({ task }: { task: Task }) {
  const access = useAccess();
  const navigate = useNavigate();
  if (!access.somewhere("task:write")) return null;
  if (isOpen(task)) {
    return (
      <Button
        variant="default"
        c="var(--nimbus-bad)"
        disabled={task.cancel_requested}
        onClick={() =>
          confirmDestructive({
            title: text.tasks.cancelTitle(asWords(task.kind), task.node),
            consequences: text.tasks.cancelText,
            confirmLabel: text.confirmations.cancelTask,
            keepLabel: text.confirmations.keepRunning,
            run: () => cancelTask(task.id),
          })
        }
      >
        {text.tasks.cancel}
      </Button>
    );
  }
  const again = { node: task.node, kind: task.kind, again: task.id };
  const retry = () =>
    void retryTask(task.id).then(
      ({ id }) => navigate({ to: "/tasks/$task", params: { task: id } }),
      notifyFailure,
    );
  return (
    <>
      {task.state !== "succeeded" && (
        <Button variant="default" onClick={retry}>
          {text.tasks.retry}
        </Button>
      )}
      <Button variant="default" component={PageLink} to="/tasks/new" search={again}>
        {text.newTask.again}
      </Button>
    </>
  );
}

function Overview({ task }: { task: Task }) {
  const parameters = Object.entries(task.parameters);
  return (
    <Panel title={text.tasks.overview}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={task.id} what={text.common.id} />
        </Field>
        <Field name={text.tasks.node}>
          <Link to="/nodes/$node" params={{ node: task.node_id }} className="row-link">
            {task.node}
          </Link>
        </Field>
        <Field name={text.tasks.kind}>
          <span className="mono">{task.kind}</span>
        </Field>
        {task.operation_id && (
          <Field name={text.operations.overview}>
            <Link
              to="/operations/$operation"
              params={{ operation: task.operation_id }}
              className="row-link mono"
            >
              {task.operation_id}
            </Link>
          </Field>
        )}
        <Field name={text.tasks.attempt}>{text.tasks.attemptOf(task.attempt, task.max_attempts)}</Field>
        <Field name={text.tasks.timeout}>{text.tasks.seconds(task.timeout_s)}</Field>
        <Field name={text.tasks.createdBy}>{task.created_by}</Field>
        <Field name={text.tasks.created}>
          <When at={task.created_at} />
        </Field>
        {task.state === "queued" && (
          <Field name={text.tasks.due}>
            <When at={task.due_at} />
          </Field>
        )}
        <Field name={text.tasks.started}>
          <When at={task.started_at} absent="–" />
        </Field>
        <Field name={text.tasks.finished}>
          <When at={task.finished_at} absent="–" />
        </Field>
        {duration(task) && <Field name={text.tasks.took}>{duration(task)}</Field>}
        {task.depends_on.map((id) => (
          <Field key={id} name={text.tasks.dependsOn}>
            <Link to="/tasks/$task" params={{ task: id }} className="row-link mono">
              {id}
            </Link>
          </Field>
        ))}
        {parameters.map(([name, value]) => (
          <Field key={name} name={name}>
            <span className="mono">{JSON.stringify(value)}</span>
          </Field>
        ))}
      </Fields>
    </Panel>
  );
}

interface TaskError {
  code?: string;
  message?: string;
  next_step?: string;
}

function Outcome({ task }: { task: Task }) {
  const error = task.error as TaskError | null;
  const result =
    task.result === null || task.result === undefined ? "" : JSON.stringify(task.result, null, 2);
  return (
    <Panel
      title={error ? text.tasks.error : text.tasks.result}
      aside={result && <Copy value={result} what={text.tasks.result} />}
    >
      <Stack gap="xs">
        {error && (
          <div role="alert">
            <Status state="failed" word={error.code ?? task.state} />
            <Text size="sm">{error.message}</Text>
            {error.next_step && (
              <Text size="sm" className="quiet">
                {error.next_step}
              </Text>
            )}
          </div>
        )}
        {result ? (
          <Code block mah={360} tabIndex={0}>
            {result}
          </Code>
        ) : (
          !error && <span className="quiet">{text.tasks.noResult}</span>
        )}
        {task.truncated && (
          <Text size="xs" className="quiet">
            {text.tasks.truncated}
          </Text>
        )}
      </Stack>
    </Panel>
  );
}
