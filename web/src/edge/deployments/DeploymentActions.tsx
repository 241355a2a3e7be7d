import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { notifyDone, notifyFailure } from "../../components/notify";
import { cancelOperation, operations, pauseOperation, resumeOperation } from "../../fleet/operations";
import { text } from "../../text/edge";
import type { Deployment } from "./requests";

const words = text.deployments;

/** What can be done with its operation now, by whoever may. */
export function DeploymentActions({ deployment }: { deployment: Deployment }) {
  const access = useAccess();
  const mayOrder = access.in("task:write", deployment.workspace);
  const id = deployment.operation_id;
  const query = useQuery({ ...operations.get(id), enabled: mayOrder && deployment.ended_at === null });
  const pause = useOrder(() => pauseOperation(id), words.paused);
  const resume = useOrder(() => resumeOperation(id), words.resumed);
  const can = deployment.ended_at === null ? (query.data?.value.can ?? []) : [];
  const stop = () =>
    confirmDestructive({
      title: words.stopTitle,
      consequences: words.stopText,
      confirmLabel: words.stopShort,
      keepLabel: words.keep,
      run: () => cancelOperation(id, false),
      done: words.stopped,
    });
  return (
    <>
      {can.includes("pause") && (
        <Button
          variant="default"
          title={words.pauseText}
          loading={pause.isPending}
          onClick={() => pause.mutate()}
        >
          {words.pause}
        </Button>
      )}
      {can.includes("resume") && (
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
          {words.resume}
        </Button>
      )}
      {can.includes("cancel") && (
        <Button variant="default" c="var(--nimbus-bad)" onClick={stop}>
          {words.stop}
        </Button>
      )}
    </>
  );
}

function useOrder(run: () => Promise<unknown>, done: string) {
  return useMutation({
    mutationFn: run,
    onSuccess: () => notifyDone(done),
    onError: (error) => notifyFailure(error),
  });
}
