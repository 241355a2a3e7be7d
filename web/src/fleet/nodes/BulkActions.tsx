import { Button, ScrollArea, Text } from "@mantine/core";
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
import { MaintenanceForm } from "./MaintenanceForm";
import type { Node } from "./requests";

/** From so many nodes on, a slip is asked about. */
const ASKED_FROM = 11;

/** What can be done with several nodes, for whoever may do it with each. They stay chosen. */
export function BulkActions({ nodes, onDeleted }: { nodes: Node[]; onDeleted: () => void }) {
  const access = useAccess();
  const navigate = useNavigate();
  const may = (permission: Permission) => nodes.every((node) => access.in(permission, node.workspace));
  const names = nodes.map(({ name }) => name);
  const endMaintenance = () => {
    const run = () => changeEach(nodes, { maintenance: false });
    if (nodes.length < ASKED_FROM) void run();
    else
      confirmDestructive({
        title: text.bulk.endTitle(nodes.length),
        consequences: text.bulk.endText,
        confirmLabel: text.nodes.bulkActive,
        run,
      });
  };
  const runTask = () => void navigate({ to: "/tasks/new", search: { node: names.join(",") } } as never);
  const remove = () =>
    confirmDestructive({
      title: text.nodes.deleteManyTitle(nodes.length),
      consequences: (
        <>
          <p>{text.nodes.deleteManyText}</p>
          <NamesByWorkspace nodes={nodes} />
        </>
      ),
      confirmLabel: text.common.delete,
      typed: text.bulk.deleteWord(nodes.length),
      run: () => deleteEach(nodes).then(onDeleted),
    });
  return (
    <>
      {may("agent:write") && (
        <>
          <DialogButton label={text.nodes.bulkMaintenance} title={text.bulk.startTitle(nodes.length)}>
            {(close) => (
              <MaintenanceForm
                names={names.join(", ")}
                submit={(patch) => changeEach(nodes, patch)}
                close={close}
              />
            )}
          </DialogButton>
          <Button variant="default" onClick={endMaintenance}>
            {text.nodes.bulkActive}
          </Button>
          <DialogButton label={text.nodes.bulkLabel} title={text.nodes.labels}>
            {(close) => <AddLabels nodes={nodes} close={close} />}
          </DialogButton>
        </>
      )}
      {may("task:write") && (
        <Button variant="default" onClick={runTask}>
          {text.nodes.bulkTask}
        </Button>
      )}
      {may("agent:delete") && (
        <Button variant="default" c="var(--nimbus-bad)" onClick={remove}>
          {text.nodes.bulkDelete}
        </Button>
      )}
    </>
  );
}

function AddLabels({ nodes, close }: { nodes: Node[]; close: () => void }) {
  const [typed, setTyped] = useState("");
  const { labels, wrong } = parseLabels(typed);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={Object.keys(labels).length === 0 || wrong.length > 0}
      submit={async () => {
        close();
        await changeEach(nodes, { labels });
      }}
    >
      <NamesByWorkspace nodes={nodes} />
      <LabelsField value={typed} onChange={(event) => setTyped(event.currentTarget.value)} data-autofocus />
    </SendForm>
  );
}

function NamesByWorkspace({ nodes }: { nodes: Node[] }) {
  const workspaces = [...new Set(nodes.map(({ workspace }) => workspace))];
  const namesIn = (wanted: string) =>
    nodes.filter(({ workspace }) => workspace === wanted).map(({ name }) => name);
  return (
    <ScrollArea.Autosize mah={200}>
      {workspaces.map((workspace) => (
        <Text size="sm" key={workspace}>
          <span className="quiet">{workspace}</span>{" "}
          <span className="mono">{namesIn(workspace).join(", ")}</span>
        </Text>
      ))}
    </ScrollArea.Autosize>
  );
}
