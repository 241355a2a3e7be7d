import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Node, Permission } from "../../api/types";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { parseLabels } from "../../components/labelText";
import { notifyDone, notifyFailure } from "../../components/notify";
import { text } from "../../text";
import { changeNode, deleteNode } from "./requests";

const AT_ONCE = 6;

/** Do it to each, a few at a time; what failed is told once, with the first reason. */
async function toEach(nodes: Node[], work: (node: Node) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  const waiting = [...nodes];
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, nodes.length) }, async () => {
      for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
        await work(node).catch((error: unknown) => failures.push(error));
      }
    }),
  );
  if (failures.length > 0) notifyFailure(failures[0], text.nodes.bulkFailed(failures.length, nodes.length));
  if (failures.length < nodes.length) notifyDone(text.nodes.bulkDone(nodes.length - failures.length));
}

export function BulkActions({ nodes, onDone }: { nodes: Node[]; onDone: () => void }) {
  const access = useAccess();
  const navigate = useNavigate();
  const may = (permission: Permission) => nodes.every((node) => access.in(permission, node.workspace));
  const setMaintenance = (maintenance: boolean) =>
    void toEach(nodes, (node) => changeNode(node.id, { maintenance })).then(onDone);
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
          <Button
            variant="default"
            onClick={() =>
              dialog(text.nodes.labels, (close) => (
                <LabelDialog nodes={nodes} onDone={onDone} close={close} />
              ))
            }
          >
            {text.nodes.bulkLabel}
          </Button>
        </>
      )}
      {may("task:write") && (
        <Button
          variant="default"
          onClick={() =>
            void navigate({
              to: "/tasks/new",
              search: { node: nodes.map(({ name }) => name).join(",") },
            } as never)
          }
        >
          {text.nodes.bulkTask}
        </Button>
      )}
      {may("agent:delete") && (
        <Button
          variant="default"
          c="red"
          onClick={() =>
            confirmDestructive({
              title: text.nodes.deleteManyTitle(nodes.length),
              consequences: (
                <>
                  <p>{text.nodes.deleteManyText}</p>
                  <p className="mono">{nodes.map(({ name }) => name).join(", ")}</p>
                </>
              ),
              confirmLabel: text.common.delete,
              typed: String(nodes.length),
              run: () => toEach(nodes, (node) => deleteNode(node.id)).then(onDone),
            })
          }
        >
          {text.nodes.bulkDelete}
        </Button>
      )}
    </>
  );
}

function LabelDialog({ nodes, onDone, close }: { nodes: Node[]; onDone: () => void; close: () => void }) {
  const [written, setWritten] = useState("");
  const { labels, wrong } = parseLabels(written);
  const ready = Object.keys(labels).length > 0 && wrong.length === 0;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        close();
        void toEach(nodes, (node) => changeNode(node.id, { labels })).then(onDone);
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{nodes.map(({ name }) => name).join(", ")}</Text>
        <TextInput
          label={text.nodes.labels}
          description={text.nodes.joinLabelsHelp}
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
          error={wrong.length > 0 && wrong.join(", ")}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={!ready}>
            {text.common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
