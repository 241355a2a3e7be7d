import { ActionIcon, Button, Group, Loader, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconDots, IconTrash, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Node } from "../../api/types";
import { CommandLine } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageLink } from "../../components/PageLink";
import { When } from "../../components/When";
import { text } from "../../text";
import { DeletionPreview } from "./DeletionPreview";
import { changeNode, deleteNode, makeRejoinToken, rotateKey } from "./requests";

/** What can be done with a node, for whoever may. `tag`: of the node as it is shown. */
export function NodeActions({ node, tag }: { node: Node; tag: string }) {
  const access = useAccess();
  const mayWrite = access.in("agent:write", node.workspace);
  const mayDelete = access.in("agent:delete", node.workspace);
  const isInMaintenance = node.state === "Maintenance";
  const remove = useRemoval(node);
  return (
    <>
      {access.in("task:write", node.workspace) && (
        <Button variant="default" component={PageLink} to="/tasks/new" search={{ node: node.name }}>
          {text.nodes.runTask}
        </Button>
      )}
      {mayWrite && (
        <Button
          variant="default"
          onClick={() => void changeNode(node.id, { maintenance: !isInMaintenance }).catch(notifyFailure)}
        >
          {isInMaintenance ? text.nodes.maintenanceOff : text.nodes.maintenanceOn}
        </Button>
      )}
      {(mayWrite || mayDelete) && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="default" size={30} aria-label={text.common.more}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {mayWrite && (
              <>
                <Menu.Item
                  onClick={() =>
                    dialog(text.nodes.editLabels, (close) => (
                      <LabelsForm node={node} tag={tag} close={close} />
                    ))
                  }
                >
                  {text.nodes.editLabels}
                </Menu.Item>
                <Menu.Item
                  onClick={() =>
                    dialog(text.nodes.rename, (close) => <RenameForm node={node} tag={tag} close={close} />)
                  }
                >
                  {text.nodes.rename}
                </Menu.Item>
                <Menu.Item
                  onClick={() => dialog(text.nodes.rejoinTitle(node.name), () => <Rejoin node={node} />)}
                >
                  {text.nodes.rejoin}
                </Menu.Item>
                {node.auth === "session-key" && (
                  <Menu.Item
                    onClick={() =>
                      void rotateKey(node.id).then(() => notifyDone(text.nodes.keyRotated), notifyFailure)
                    }
                  >
                    {text.nodes.rotateKey}
                  </Menu.Item>
                )}
              </>
            )}
            {mayDelete && (
              <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={remove}>
                {text.nodes.delete}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}

function useRemoval(node: Node): () => void {
  const navigate = useNavigate();
  return () =>
    confirmDestructive({
      title: text.nodes.deleteTitle(node.name),
      consequences: <DeletionPreview node={node} />,
      confirmLabel: text.nodes.delete,
      typed: node.name,
      run: async () => {
        await deleteNode(node.id);
        notifyDone(text.nodes.deleted(node.name));
        await navigate({ to: "/nodes" });
      },
    });
}

function RenameForm({ node, tag, close }: { node: Node; tag: string; close: () => void }) {
  const [name, setName] = useState(node.name);
  return (
    <SendForm
      submitLabel={text.common.save}
      submit={() => changeNode(node.id, { name: name.trim() }, tag)}
      onDone={close}
      disabled={!name.trim() || name === node.name}
    >
      <TextInput
        label={text.nodes.newName}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
      />
    </SendForm>
  );
}

function LabelsForm({ node, tag, close }: { node: Node; tag: string; close: () => void }) {
  const [pairs, setPairs] = useState<[string, string][]>([...Object.entries(node.labels), ["", ""]]);
  const put = (at: number, pair: [string, string]) =>
    setPairs(pairs.map((each, index) => (index === at ? pair : each)));
  function changed(): Record<string, string | null> {
    const wanted = Object.fromEntries(
      pairs.filter(([key]) => key.trim() !== "").map(([key, value]) => [key.trim(), value.trim()]),
    );
    const gone = Object.keys(node.labels).filter((key) => !(key in wanted));
    return { ...wanted, ...Object.fromEntries(gone.map((key) => [key, null])) };
  }
  return (
    <SendForm
      submitLabel={text.common.save}
      submit={() => changeNode(node.id, { labels: changed() }, tag)}
      onDone={close}
      aside={
        <Button variant="default" onClick={() => setPairs([...pairs, ["", ""]])}>
          {text.nodes.addLabel}
        </Button>
      }
    >
      {pairs.map(([key, value], at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing else that stays while it is typed
        <Group key={at} gap="xs" wrap="nowrap">
          <TextInput
            aria-label={text.nodes.labelKey}
            placeholder={text.nodes.labelKey}
            value={key}
            onChange={(event) => put(at, [event.currentTarget.value, value])}
          />
          <TextInput
            aria-label={text.nodes.labelValue}
            placeholder={text.nodes.labelValue}
            value={value}
            onChange={(event) => put(at, [key, event.currentTarget.value])}
          />
          <ActionIcon
            aria-label={text.nodes.removeLabel(key)}
            onClick={() => setPairs(pairs.filter((_, index) => index !== at))}
          >
            <IconX size={15} />
          </ActionIcon>
        </Group>
      ))}
    </SendForm>
  );
}

function Rejoin({ node }: { node: Node }) {
  const token = useQuery({
    queryKey: ["rejoin-token", node.id],
    queryFn: () => makeRejoinToken(node.id),
    gcTime: 0,
  });
  return (
    <Stack gap="sm">
      <Text size="sm">{text.nodes.rejoinText}</Text>
      {token.isError && <Failure error={token.error} />}
      {token.isPending && <Loader size="sm" />}
      {token.data && (
        <>
          <CommandLine command={token.data.command} what={text.nodes.joinCommand} />
          <Text size="sm" className="quiet">
            {text.nodes.joinExpires} <When at={token.data.expires_at} />
          </Text>
        </>
      )}
    </Stack>
  );
}
