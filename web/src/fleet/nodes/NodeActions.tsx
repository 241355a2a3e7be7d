import { Button, Menu, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconTrash } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { ActionsMenu } from "../../components/ActionsMenu";
import { CommandLine } from "../../components/Copyable";
import { useRemove } from "../../components/collection/changes";
import { DialogButton, DialogItem } from "../../components/dialog";
import { Loaded } from "../../components/Loaded";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { DeletionPreview } from "./DeletionPreview";
import { EditLabels } from "./EditLabels";
import { EditWireGuard } from "./EditWireGuard";
import { MaintenanceForm } from "./MaintenanceForm";
import { createRejoinToken, type Node, nodes, rotateKey } from "./requests";

interface Shown {
  node: Node;
  /** Of the node as it is shown. */
  tag: string;
}

/** What can be done with a node, for whoever may. */
export function NodeActions({ node, tag }: Shown) {
  const access = useAccess();
  const mayWrite = access.in("agent:write", node.workspace);
  const mayDelete = access.in("agent:delete", node.workspace);
  const remove = useRemove(nodes);
  return (
    <>
      {access.in("task:write", node.workspace) && (
        <Button variant="default" component={PageLink} to="/tasks/new" search={{ node: node.name }}>
          {text.nodes.runTask}
        </Button>
      )}
      {mayWrite && node.maintenance === null && (
        <DialogButton label={`${text.maintenance.start}…`} title={text.maintenance.startTitle(node.name)}>
          {(close) => <MaintenanceForm submit={(patch) => nodes.change(node.id, patch)} close={close} />}
        </DialogButton>
      )}
      {(mayWrite || mayDelete) && (
        <ActionsMenu>
          {mayWrite && <WriteItems node={node} tag={tag} />}
          {mayDelete && (
            <Menu.Item
              color="var(--nimbus-bad)"
              leftSection={<IconTrash size={15} />}
              onClick={() =>
                remove(node.id, {
                  title: text.nodes.deleteTitle(node.name),
                  consequences: <DeletionPreview node={node} />,
                  typed: node.name,
                  done: text.nodes.deleted(node.name),
                })
              }
            >
              {text.nodes.delete}
            </Menu.Item>
          )}
        </ActionsMenu>
      )}
    </>
  );
}

function WriteItems({ node, tag }: Shown) {
  return (
    <>
      <DialogItem label={text.nodes.editLabels} title={text.nodes.editLabelsTitle(node.name)}>
        {(close) => <EditLabels node={node} tag={tag} close={close} />}
      </DialogItem>
      <DialogItem label={text.nodes.rename} title={text.nodes.renameTitle(node.name)}>
        {(close) => <Rename node={node} tag={tag} close={close} />}
      </DialogItem>
      <DialogItem label={text.nodes.editDescription} title={text.nodes.editDescriptionTitle(node.name)}>
        {(close) => <Describe node={node} tag={tag} close={close} />}
      </DialogItem>
      {node.overlay_ip && (
        <DialogItem label={text.nodes.wireguard} title={text.nodes.wireguardTitle(node.name)}>
          {(close) => <EditWireGuard node={node} tag={tag} close={close} />}
        </DialogItem>
      )}
      <DialogItem label={text.nodes.rejoin} title={text.nodes.rejoinTitle(node.name)}>
        {() => <Rejoin node={node} />}
      </DialogItem>
      {node.auth === "session-key" && (
        <Menu.Item
          onClick={() => void rotateKey(node.id).then(() => notifyDone(text.nodes.keyRotated), notifyFailure)}
        >
          {text.nodes.rotateKey}
        </Menu.Item>
      )}
    </>
  );
}

function Rename({ node, tag, close }: Shown & { close: () => void }) {
  const form = useForm({ initialValues: { name: node.name } });
  const name = form.values.name.trim();
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      submit={() => nodes.change(node.id, { name }, tag)}
      onDone={close}
      disabled={!name || name === node.name}
    >
      <TextInput
        label={text.nodes.newName}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps("name")}
      />
    </SendForm>
  );
}

function Describe({ node, tag, close }: Shown & { close: () => void }) {
  const form = useForm({ initialValues: { description: node.description } });
  const description = form.values.description.trim();
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      submit={() => nodes.change(node.id, { description }, tag)}
      onDone={close}
      disabled={description === node.description}
    >
      <TextInput
        label={text.nodes.description}
        data-autofocus
        autoComplete="off"
        {...form.getInputProps("description")}
      />
    </SendForm>
  );
}

function Rejoin({ node }: { node: Node }) {
  const query = {
    queryKey: ["rejoin-token", node.id],
    queryFn: () => createRejoinToken(node.id),
    gcTime: 0,
  };
  return (
    <Stack gap="sm">
      <Text size="sm">{text.nodes.rejoinText}</Text>
      <Loaded query={query}>
        {(token) => (
          <>
            <CommandLine command={token.command} what={text.nodes.joinCommand} />
            <Text size="sm" className="quiet">
              {text.nodes.joinExpires} <When at={token.expires_at} />
            </Text>
          </>
        )}
      </Loaded>
    </Stack>
  );
}
