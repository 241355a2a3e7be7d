import { Button, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton } from "../../components/dialog";
import { LabelsField } from "../../components/LabelsField";
import { parseLabels } from "../../components/labelText";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";
import { changeEach, deleteEach } from "./bulk";
import type { Node } from "./requests";

/** What can be done with several nodes, for whoever may do it with each. */
export function BulkActions({ nodes, onDone }: { nodes: Node[]; onDone: () => void }) {
  const access = useAccess();
  const navigate = useNavigate();
  const may = (permission: Permission) => nodes.every((node) => access.in(permission, node.workspace));
  const names = nodes.map(({ name }) => name);
  const setMaintenance = (maintenance: boolean) => void changeEach(nodes, { maintenance }).then(onDone);
  const runTask = () => void navigate({ to: "/tasks/new", search: { node: names.join(",") } } as never);
  const remove = () =>
    confirmDestructive({
      title: text.nodes.deleteManyTitle(nodes.length),
      consequences: (
        <>
          <p>{text.nodes.deleteManyText}</p>
          <p className="mono">{names.join(", ")}</p>
        </>
      ),
      confirmLabel: text.common.delete,
      typed: String(nodes.length),
      run: () => deleteEach(nodes).then(onDone),
    });
  return (
    <>
      {may("agent:write") && (
        <>
          <Button variant="default" onClick={() => setMaintenance(true)}>
            {text.nodes.bulkMaintenance}
          </Button>
          <Button variant="default" onClick={() => setMaintenance(false)}>
            {text.nodes.bulkActive}
          </Button>
          <DialogButton label={text.nodes.bulkLabel} title={text.nodes.labels}>
            {(close) => <AddLabels nodes={nodes} onDone={onDone} close={close} />}
          </DialogButton>
        </>
      )}
      {may("task:write") && (
        <Button variant="default" onClick={runTask}>
          {text.nodes.bulkTask}
        </Button>
      )}
      {may("agent:delete") && (
        <Button variant="default" c="red" onClick={remove}>
          {text.nodes.bulkDelete}
        </Button>
      )}
    </>
  );
}

function AddLabels({ nodes, onDone, close }: { nodes: Node[]; onDone: () => void; close: () => void }) {
  const [typed, setTyped] = useState("");
  const { labels, wrong } = parseLabels(typed);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={Object.keys(labels).length === 0 || wrong.length > 0}
      submit={async () => {
        close();
        await changeEach(nodes, { labels });
        onDone();
      }}
    >
      <Text size="sm">{nodes.map(({ name }) => name).join(", ")}</Text>
      <LabelsField value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
    </SendForm>
  );
}
