import { Button } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { notifyDone, notifyFailure } from "../../components/notify";
import { sendEach } from "../../components/sendEach";
import { text } from "../../text/fleet";
import { cancelTask, retryTask, type Task, tasks } from "./requests";
import { isOpen } from "./taskTime";

/** What can be done with several tasks: those of them that it can be done with, which one question counts. */
export function BulkTasks({ chosen, onDone }: { chosen: Task[]; onDone: () => void }) {
  const access = useAccess();
  if (!access.somewhere("task:write")) return null;
  const open = chosen.filter((task) => isOpen(task) && !task.cancel_requested);
  const ended = chosen.filter(({ state }) => state === "failed" || state === "cancelled");
  const cancel = () =>
    confirmDestructive({
      title: text.bulkTasks.cancelTitle(open.length),
      consequences: [text.tasks.cancelText, text.bulkTasks.others(chosen.length - open.length)].join(" "),
      confirmLabel: text.bulkTasks.cancel(open.length),
      keepLabel: text.confirmations.keepRunning,
      run: () => each(open, cancelTask, text.bulkTasks.cancelled).then(onDone),
    });
  const retry = () =>
    confirmDestructive({
      title: text.bulkTasks.retryTitle(ended.length),
      consequences: [text.bulkTasks.retryText, text.bulkTasks.others(chosen.length - ended.length)].join(" "),
      confirmLabel: text.bulkTasks.retry(ended.length),
      run: () => each(ended, retryTask, text.bulkTasks.retried).then(onDone),
    });
  return (
    <>
      <Button variant="default" c="var(--nimbus-bad)" disabled={open.length === 0} onClick={cancel}>
        {text.bulkTasks.cancel(open.length)}…
      </Button>
      <Button variant="default" disabled={ended.length === 0} onClick={retry}>
        {text.bulkTasks.retry(ended.length)}…
      </Button>
    </>
  );
}

/** Says once how many failed, with the first reason, and how many did not. */
async function each(
  chosen: Task[],
  request: (task: string) => Promise<unknown>,
  done: (count: number) => string,
): Promise<void> {
  const failures = await tasks.refreshAfter(sendEach(chosen, ({ id }) => request(id)));
  const succeeded = chosen.length - failures.length;
  if (failures.length > 0) notifyFailure(failures[0], text.bulkTasks.failed(failures.length, chosen.length));
  if (succeeded > 0) notifyDone(done(succeeded));
}
