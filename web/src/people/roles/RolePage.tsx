import { Button, Group, Loader, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm, useSend } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { text } from "../../text";
import { GiveRole } from "./GiveRole";
import { GrantTable } from "./GrantTable";
import { NewRole } from "./NewRole";
import { PermissionMatrix } from "./PermissionMatrix";
import { changeRole, deleteRole, type Role, roleQuery } from "./requests";

export function RolePage() {
  const { role: id } = useParams({ strict: false }) as { role: string };
  const access = useAccess();
  const asked = useQuery(roleQuery(id));
  const above = (
    <Link to="/roles" className="back-link">
      {text.roles.title}
    </Link>
  );
  if (asked.data === undefined) {
    return (
      <PageFrame title={text.roles.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const { value: role, tag } = asked.data;
  const give = () => dialog(text.grants.give, (close) => <GiveRole role={role} close={close} />);
  return (
    <PageFrame
      title={role.name}
      above={above}
      beside={
        <Text size="sm" className="quiet">
          {role.built_in ? text.roles.builtIn : role.organization}
        </Text>
      }
      actions={<Actions role={role} tag={tag} />}
    >
      {role.description && <Text size="sm">{role.description}</Text>}
      {/* Another revision starts with what it has. */}
      <Permissions key={role.revision} role={role} tag={tag} />
      <Panel
        flush
        title={text.roles.whoHas}
        aside={
          access.somewhere("role:write") && (
            <Button variant="default" onClick={give}>
              {text.grants.give}
            </Button>
          )
        }
      >
        <GrantTable filters={{ role: role.id }} hide={["role"]} />
      </Panel>
    </PageFrame>
  );
}

function useMay(role: Role) {
  const access = useAccess();
  const may = (permission: Permission) =>
    role.organization !== null && access.inOrganization(permission, role.organization);
  return { write: !role.built_in && may("role:write"), delete: !role.built_in && may("role:delete") };
}

function Actions({ role, tag }: { role: Role; tag: string }) {
  const access = useAccess();
  const may = useMay(role);
  const navigate = useNavigate();
  const remove = () =>
    confirmDestructive({
      title: text.roles.deleteTitle(role.name),
      consequences: text.roles.deleteText,
      confirmLabel: text.common.delete,
      run: async () => {
        await deleteRole(role.id);
        notifyDone(text.roles.deleted(role.name));
        await navigate({ to: "/roles" });
      },
    });
  const copy = () =>
    dialog(
      text.roles.copy,
      (close) => (
        <NewRole
          name={text.roles.copyName(role.name)}
          permissions={role.permissions as Permission[]}
          close={close}
        />
      ),
      "lg",
    );
  return (
    <>
      {access.somewhere("role:write") && (
        <Button variant="default" onClick={copy}>
          {text.roles.copy}
        </Button>
      )}
      {may.write && (
        <Button
          variant="default"
          onClick={() =>
            dialog(text.common.edit, (close) => <EditRole role={role} tag={tag} close={close} />)
          }
        >
          {text.roles.edit}
        </Button>
      )}
      {may.delete && (
        <Button variant="default" color="red" onClick={remove}>
          {text.roles.delete}
        </Button>
      )}
    </>
  );
}

function EditRole({ role, tag, close }: { role: Role; tag: string; close: () => void }) {
  const [name, setName] = useState(role.name);
  const [description, setDescription] = useState(role.description);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim()}
      onDone={close}
      submit={() => changeRole(role.id, { name: name.trim(), description: description.trim() }, tag)}
    >
      <TextInput
        label={text.common.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
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

function Permissions({ role, tag }: { role: Role; tag: string }) {
  const may = useMay(role);
  const [held, setHeld] = useState(new Set(role.permissions as Permission[]));
  const { send, busy, failure } = useSend();
  const changed =
    held.size !== role.permissions.length || role.permissions.some((one) => !held.has(one as Permission));
  const save = () =>
    send(async () => {
      await changeRole(role.id, { permissions: [...held] }, tag);
      notifyDone(text.roles.permissionsSaved);
    });
  return (
    <Panel
      flush
      title={text.roles.permissions}
      aside={
        may.write && (
          <Group gap="xs">
            {changed && (
              <Button variant="default" onClick={() => setHeld(new Set(role.permissions as Permission[]))}>
                {text.roles.discard}
              </Button>
            )}
            <Button loading={busy} disabled={!changed || held.size === 0} onClick={() => void save()}>
              {text.roles.savePermissions}
            </Button>
          </Group>
        )
      }
    >
      {role.built_in && <div className="panel-list quiet">{text.roles.builtInText}</div>}
      {failure}
      <PermissionMatrix held={held} onChange={may.write ? setHeld : undefined} />
    </Panel>
  );
}
