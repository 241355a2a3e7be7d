import { Button, Code, Loader, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import type { Task } from "../../api/types";
import { Copy, Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text";
import { cancelTask, isOpen, retryTask, taskQuery } from "./requests";
import { TaskLog } from "./TaskLog";
import { took } from "./TaskTable";

export function TaskPage() {
  const { task: id } = useParams({ strict: false }) as { task: string };
  const asked = useQuery(taskQuery(id));
  const above = (
    <Link to="/tasks" className="back-link">
      {text.tasks.title}
    </Link>
  );
  const task = asked.data;
  if (task === undefined) {
    return (
      <PageFrame title={text.tasks.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  return (
    <PageFrame
      title={`${task.kind} · ${task.node}`}
      shownTitle={
        <>
          <span className="mono">{task.kind}</span> · {task.node}
        </>
      }
      above={above}
      beside={
        <Status
          state={task.state}
          {...(task.cancel_requested && isOpen(task) ? { word: text.tasks.cancelRequested } : {})}
        />
      }
      actions={<Actions task={task} />}
    >
      {task.state === "running" && task.percent !== null && (
        <Progress value={task.percent} aria-label={text.tasks.progress} />
      )}
      <div className="columns">
        <Overview task={task} />
        <Outcome task={task} />
      </div>
      <TaskLog task={task} />
    </PageFrame>
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
        c="red"
        disabled={task.cancel_requested}
        onClick={() =>
          confirmDestructive({
            title: text.tasks.cancelTitle(task.kind, task.node),
            consequences: text.tasks.cancelText,
            confirmLabel: text.tasks.cancel,
            run: () => cancelTask(task.id),
          })
        }
      >
        {text.tasks.cancel}
      </Button>
    );
  }
  if (task.state === "succeeded") return null;
  const again = () =>
    void retryTask(task.id).then((made) => {
      notifyDone(text.tasks.queued(1));
      return navigate({ to: "/tasks/$task", params: { task: made.id } });
    }, notifyFailure);
  return (
    <Button variant="default" onClick={again}>
      {text.tasks.retry}
    </Button>
  );
}

function Overview({ task }: { task: Task }) {
  const parameters = Object.entries(task.parameters);
  return (
    <Panel title={text.tasks.overview}>
      <Fields>
        <Field name={text.nodes.id}>
          <Copyable value={task.id} what={text.nodes.id} />
        </Field>
        <Field name={text.tasks.node}>
          <Link to="/nodes/$node" params={{ node: task.node_id }} className="row-link">
            {task.node}
          </Link>
        </Field>
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
        {took(task) && <Field name={text.tasks.took}>{took(task)}</Field>}
        {task.depends_on.map((before) => (
          <Field key={before} name={text.tasks.dependsOn}>
            <Link to="/tasks/$task" params={{ task: before }} className="row-link mono">
              {before}
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
  const written =
    task.result === null || task.result === undefined ? "" : JSON.stringify(task.result, null, 2);
  return (
    <Panel
      title={error ? text.tasks.error : text.tasks.result}
      aside={written && <Copy value={written} what={text.tasks.result} />}
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
        {written ? (
          <Code block mah={360} tabIndex={0}>
            {written}
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
