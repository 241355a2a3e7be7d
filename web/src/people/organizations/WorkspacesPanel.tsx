import { ActionIcon, Button, Loader, Menu, Table, Text, TextInput } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { When } from "../../components/When";
import { text } from "../../text";
import { OrganizationChoice } from "../choices";
import { Contents } from "./Contents";
import { EditPlace } from "./EditPlace";
import {
  changeWorkspace,
  deleteWorkspace,
  makeWorkspace,
  moveWorkspace,
  type Organization,
  type Workspace,
  workspaceQuery,
  workspacesQuery,
} from "./requests";

export function WorkspacesPanel({ organization }: { organization: Organization }) {
  const access = useAccess();
  const asked = useQuery(workspacesQuery(organization.name));
  const create = () =>
    dialog(text.organizations.createWorkspace, (close) => (
      <NewWorkspace organization={organization.name} close={close} />
    ));
  const workspaces = asked.data?.rows ?? [];
  return (
    <Panel
      flush
      title={text.organizations.workspaces}
      aside={
        access.inOrganization("workspace:write", organization.name) && (
          <Button variant="default" onClick={create}>
            {text.organizations.createWorkspace}
          </Button>
        )
      }
    >
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && (
        <div className="panel-list">
          <Loader size="xs" />
        </div>
      )}
      {asked.data && workspaces.length === 0 && (
        <div className="panel-list quiet">{text.organizations.noWorkspaces}</div>
      )}
      {workspaces.length > 0 && (
        <Table>
          <Table.Tbody>
            {workspaces.map((workspace) => (
              <Table.Tr key={workspace.id}>
                <Table.Td>
                  <PageLink to="/nodes" search={{ workspace: workspace.full_name }} className="row-link">
                    {workspace.name}
                  </PageLink>
                  {workspace.description && <span className="quiet"> {workspace.description}</span>}
                </Table.Td>
                <Table.Td w="9rem" visibleFrom="sm" className="quiet">
                  <When at={workspace.created_at} />
                </Table.Td>
                <Table.Td w="3.5rem" ta="right">
                  <Actions workspace={workspace} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function NewWorkspace({ organization, close }: { organization: string; close: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={!name.trim()}
      onDone={close}
      submit={async () => {
        const made = await makeWorkspace({
          name: name.trim(),
          description: description.trim(),
          organization,
        });
        notifyDone(text.organizations.workspaceMade(made.full_name));
        await client.invalidateQueries({ queryKey: ["workspaces"] });
      }}
    >
      <TextInput
        label={text.common.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        required
        withAsterisk={false}
        data-autofocus
      />
      <TextInput
        label={text.common.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </SendForm>
  );
}

function Actions({ workspace }: { workspace: Workspace }) {
  const access = useAccess();
  const client = useQueryClient();
  const mayWrite = access.in("workspace:write", workspace.full_name);
  const mayDelete = access.in("workspace:delete", workspace.full_name);
  if (!mayWrite && !mayDelete) return null;
  const remove = () =>
    confirmDestructive({
      title: text.organizations.deleteTitle(workspace.full_name),
      consequences: <Contents of={workspace.id} count={() => deleteWorkspace(workspace.id, true)} />,
      confirmLabel: text.common.delete,
      typed: workspace.name,
      run: async () => {
        await deleteWorkspace(workspace.id, false);
        notifyDone(text.organizations.deleted(workspace.full_name));
        await client.invalidateQueries({ queryKey: ["workspaces"] });
      },
    });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={text.common.actionsOf(workspace.full_name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayWrite && (
          <>
            <Menu.Item
              onClick={() =>
                dialog(text.organizations.editTitle(workspace.name), (close) => (
                  <Edit id={workspace.id} close={close} />
                ))
              }
            >
              {text.organizations.edit}
            </Menu.Item>
            <Menu.Item
              onClick={() =>
                dialog(text.organizations.moveTitle(workspace.name), (close) => (
                  <Move workspace={workspace} close={close} />
                ))
              }
            >
              {text.organizations.move}
            </Menu.Item>
          </>
        )}
        {mayDelete && (
          <Menu.Item color="red" onClick={remove}>
            {text.organizations.delete}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Edit({ id, close }: { id: string; close: () => void }) {
  const client = useQueryClient();
  const { data, error } = useQuery({ ...workspaceQuery(id), gcTime: 0 });
  if (error) return <Failure error={error} />;
  if (data === undefined) return <Loader size="sm" />;
  return (
    <EditPlace
      name={data.value.name}
      description={data.value.description}
      close={close}
      change={async (change) => {
        await changeWorkspace(id, change, data.tag);
        await client.invalidateQueries({ queryKey: ["workspaces"] });
      }}
    />
  );
}

function Move({ workspace, close }: { workspace: Workspace; close: () => void }) {
  const client = useQueryClient();
  const [organization, setOrganization] = useState("");
  return (
    <SendForm
      submitLabel={text.organizations.moveNow}
      disabled={!organization || organization === workspace.organization}
      onDone={close}
      submit={async () => {
        const moved = await moveWorkspace(workspace.id, organization);
        notifyDone(text.organizations.moved(moved.full_name));
        await client.invalidateQueries({ queryKey: ["workspaces"] });
      }}
    >
      <Text size="sm">{text.organizations.moveText}</Text>
      <OrganizationChoice
        permission="workspace:write"
        label={text.organizations.moveTo}
        value={organization}
        onChange={setOrganization}
        required
      />
    </SendForm>
  );
}
