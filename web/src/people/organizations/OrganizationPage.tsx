import { Button, Switch, Text } from "@mantine/core";
import type { ComponentType } from "react";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { useRemove } from "../../components/collection/changes";
import { EditForm } from "../../components/collection/EditForm";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { DialogButton } from "../../components/dialog";
import { Field, Fields } from "../../components/Fields";
import { notifyDone, notifyFailure } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { DeletionPreview } from "./DeletionPreview";
import { FactorPolicy } from "./FactorPolicy";
import { type Organization, organizations } from "./requests";
import { WorkspacesPanel } from "./WorkspacesPanel";

/** `Settings`: what other parts of the dashboard let its administrators set for an organization. */
export function OrganizationPage({ Settings }: { Settings: ComponentType<{ organization: string }> }) {
  const access = useAccess();
  return (
    <ResourcePage
      of={organizations}
      listTitle={text.organizations.title}
      title={({ name }) => name}
      actions={(organization, tag) => <Actions organization={organization} tag={tag} />}
    >
      {(organization, tag) => {
        const mayWrite = access.inOrganization("organization:write", organization.name);
        return (
          <>
            {organization.description && <Text size="sm">{organization.description}</Text>}
            <WorkspacesPanel organization={organization} />
            <div className="columns">
              <About organization={organization} tag={tag} mayWrite={mayWrite} />
              {mayWrite && <Settings organization={organization.id} />}
            </div>
          </>
        );
      }}
    </ResourcePage>
  );
}

function About(props: { organization: Organization; tag: string; mayWrite: boolean }) {
  const { organization, tag, mayWrite } = props;
  const setVisibility = (visible: boolean) =>
    void organizations
      .change(organization.id, { cross_workspace_visibility: visible }, tag)
      .then(
        () => notifyDone(visible ? text.organizations.visibilityOn : text.organizations.visibilityOff),
        notifyFailure,
      );
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={organization.id} what={text.common.id} />
        </Field>
        <Field name={text.common.created}>
          <When at={organization.created_at} />
        </Field>
        <Field name={text.organizations.between}>
          {organization.cross_workspace_visibility ? text.organizations.together : text.organizations.apart}
        </Field>
        <Field name={text.factorPolicy.field}>
          {organization.require_second_factor ? text.factorPolicy.isRequired : text.factorPolicy.isOptional}
        </Field>
      </Fields>
      {mayWrite && (
        <Switch
          mt="sm"
          size="xs"
          label={text.organizations.visibility}
          description={text.organizations.visibilityHelp}
          checked={organization.cross_workspace_visibility}
          onChange={(event) => setVisibility(event.currentTarget.checked)}
        />
      )}
      {mayWrite && <FactorPolicy organization={organization} tag={tag} />}
    </Panel>
  );
}

function Actions({ organization, tag }: { organization: Organization; tag: string }) {
  const access = useAccess();
  const remove = useRemove(organizations);
  const { id, name } = organization;
  return (
    <>
      {access.inOrganization("organization:write", name) && (
        <DialogButton label={text.organizations.edit} title={text.organizations.editTitle(name)}>
          {(close) => (
            <EditForm
              of={organizations}
              resource={organization}
              tag={tag}
              close={close}
              renameHelp={text.common.renameHelp}
            />
          )}
        </DialogButton>
      )}
      {access.inOrganization("organization:delete", name) && (
        <Button
          variant="default"
          onClick={() =>
            remove(
              id,
              {
                title: text.organizations.deleteTitle(name),
                consequences: <DeletionPreview query={organizations.preview(id)} />,
                typed: name,
                done: text.organizations.deleted(name),
              },
              { cascade: true },
            )
          }
        >
          {text.organizations.delete}
        </Button>
      )}
    </>
  );
}
