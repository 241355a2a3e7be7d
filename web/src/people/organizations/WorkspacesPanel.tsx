import { Menu, Table, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { ActionsMenu } from "../../components/ActionsMenu";
import { EditForm } from "../../components/collection/EditForm";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton, DialogItem } from "../../components/dialog";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { Loaded } from "../../components/Loaded";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { PanelRows } from "../../components/PanelRows";
import { SendForm } from "../../components/SendForm";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { OrganizationChoice } from "../choices";
import { DeletionPreview } from "./DeletionPreview";
import { moveWorkspace, type Organization, type Workspace, workspaces } from "./requests";

export function WorkspacesPanel({ organization }: { organization: Organization }) {
  const access = useAccess();
  const query = useQuery(workspaces.all({ organization: organization.name }));
  return (
    <Panel
      flush
      title={text.organizations.workspaces}
      aside={
        access.inOrganization("workspace:write", organization.name) && (
          <DialogButton label={text.organizations.createWorkspace}>
            {(close) => <NewWorkspace organization={organization.name} close={close} />}
          </DialogButton>
        )
      }
    >
      <PanelRows query={query} rows={query.data?.rows} empty={text.organizations.noWorkspaces}>
        {(workspace) => (
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
        )}
      </PanelRows>
    </Panel>
  );
}

function NewWorkspace({ organization, close }: { organization: string; close: () => void }) {
  const form = useForm({ initialValues: { name: "", description: "" } });
  return (
    <SendForm
      form={form}
      submitLabel={text.common.create}
      disabled={!form.values.name.trim()}
      onDone={close}
      submit={async () => {
        const { full_name: name } = await workspaces.create({ ...trimmed(form.values), organization });
        notifyDone(text.organizations.workspaceCreated(name));
      }}
    >
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      <DescriptionField {...form.getInputProps("description")} />
    </SendForm>
  );
}

function Actions({ workspace }: { workspace: Workspace }) {
  const access = useAccess();
  const { id, name, full_name: fullName } = workspace;
  const mayWrite = access.in("workspace:write", fullName);
  const mayDelete = access.in("workspace:delete", fullName);
  if (!mayWrite && !mayDelete) return null;
  const remove = () =>
    confirmDestructive({
      title: text.organizations.deleteTitle(fullName),
      consequences: <DeletionPreview query={workspaces.preview(id)} />,
      confirmLabel: text.common.delete,
      typed: name,
      run: () => workspaces.remove(id, { cascade: true }),
      done: text.organizations.deleted(fullName),
    });
  return (
    <ActionsMenu of={fullName}>
      {mayWrite && (
        <>
          <DialogItem label={text.organizations.edit} title={text.organizations.editTitle(name)}>
            {(close) => (
              <Loaded query={{ ...workspaces.get(id), gcTime: 0 }}>
                {({ value, tag }) => (
                  <EditForm
                    of={workspaces}
                    resource={value}
                    tag={tag}
                    close={close}
                    renameHelp={text.common.renameHelp}
                  />
                )}
              </Loaded>
            )}
          </DialogItem>
          <DialogItem label={text.organizations.move} title={text.organizations.moveTitle(name)}>
            {(close) => <Move workspace={workspace} close={close} />}
          </DialogItem>
        </>
      )}
      {mayDelete && (
        <Menu.Item color="var(--nimbus-bad)" onClick={remove}>
          {text.organizations.delete}
        </Menu.Item>
      )}
    </ActionsMenu>
  );
}

function Move({ workspace, close }: { workspace: Workspace; close: () => void }) {
  const [organization, setOrganization] = useState("");
  return (
    <SendForm
      submitLabel={text.organizations.moveNow}
      disabled={!organization || organization === workspace.organization}
      onDone={close}
      submit={async () => {
        const { full_name: name } = await moveWorkspace(workspace.id, organization);
        notifyDone(text.organizations.moved(name));
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
