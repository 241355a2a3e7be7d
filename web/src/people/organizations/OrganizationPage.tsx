import { Button, Loader, Switch, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { NotificationPanel } from "../../correspondence/notifications/NotificationPanel";
import { text } from "../../text";
import { Contents } from "./Contents";
import { EditPlace } from "./EditPlace";
import { changeOrganization, deleteOrganization, type Organization, organizationQuery } from "./requests";
import { WorkspacesPanel } from "./WorkspacesPanel";

export function OrganizationPage() {
  const { organization: id } = useParams({ strict: false }) as { organization: string };
  const access = useAccess();
  const asked = useQuery(organizationQuery(id));
  const above = (
    <Link to="/organizations" className="back-link">
      {text.organizations.title}
    </Link>
  );
  if (asked.data === undefined) {
    return (
      <PageFrame title={text.organizations.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const { value: organization, tag } = asked.data;
  const mayWrite = access.inOrganization("organization:write", organization.name);
  return (
    <PageFrame
      title={organization.name}
      above={above}
      actions={<Actions organization={organization} tag={tag} />}
    >
      {organization.description && <Text size="sm">{organization.description}</Text>}
      <WorkspacesPanel organization={organization} />
      <div className="columns">
        <About organization={organization} tag={tag} mayWrite={mayWrite} />
        {mayWrite && <NotificationPanel organization={organization.id} mayWrite />}
      </div>
    </PageFrame>
  );
}

function About({
  organization,
  tag,
  mayWrite,
}: {
  organization: Organization;
  tag: string;
  mayWrite: boolean;
}) {
  const client = useQueryClient();
  const put = (visible: boolean) =>
    void changeOrganization(organization.id, { cross_workspace_visibility: visible }, tag)
      .then(() => client.invalidateQueries({ queryKey: ["organizations"] }))
      .then(
        () => notifyDone(visible ? text.organizations.visibilityOn : text.organizations.visibilityOff),
        notifyFailure,
      );
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.users.id}>
          <Copyable value={organization.id} what={text.users.id} />
        </Field>
        <Field name={text.common.created}>
          <When at={organization.created_at} />
        </Field>
        <Field name={text.organizations.between}>
          {organization.cross_workspace_visibility ? text.organizations.together : text.organizations.apart}
        </Field>
      </Fields>
      {mayWrite && (
        <Switch
          mt="sm"
          size="xs"
          label={text.organizations.visibility}
          description={text.organizations.visibilityHelp}
          checked={organization.cross_workspace_visibility}
          onChange={(event) => put(event.currentTarget.checked)}
        />
      )}
    </Panel>
  );
}

function Actions({ organization, tag }: { organization: Organization; tag: string }) {
  const access = useAccess();
  const client = useQueryClient();
  const navigate = useNavigate();
  const edit = () =>
    dialog(text.organizations.editTitle(organization.name), (close) => (
      <EditPlace
        name={organization.name}
        description={organization.description}
        close={close}
        change={async (change) => {
          await changeOrganization(organization.id, change, tag);
          await client.invalidateQueries({ queryKey: ["organizations"] });
        }}
      />
    ));
  const remove = () =>
    confirmDestructive({
      title: text.organizations.deleteTitle(organization.name),
      consequences: <Contents of={organization.id} count={() => deleteOrganization(organization.id, true)} />,
      confirmLabel: text.common.delete,
      typed: organization.name,
      run: async () => {
        await deleteOrganization(organization.id, false);
        notifyDone(text.organizations.deleted(organization.name));
        await navigate({ to: "/organizations" });
      },
    });
  return (
    <>
      {access.inOrganization("organization:write", organization.name) && (
        <Button variant="default" onClick={edit}>
          {text.organizations.edit}
        </Button>
      )}
      {access.inOrganization("organization:delete", organization.name) && (
        <Button variant="default" onClick={remove}>
          {text.organizations.delete}
        </Button>
      )}
    </>
  );
}
