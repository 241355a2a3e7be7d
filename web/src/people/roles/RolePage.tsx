import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { AskUnsaved } from "../../components/AskUnsaved";
import { useRemove } from "../../components/collection/changes";
import { EditForm } from "../../components/collection/EditForm";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { DialogButton } from "../../components/dialog";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { useSend } from "../../components/SendForm";
import { text } from "../../text/people";
import { CompareRoles } from "./CompareRoles";
import { GiveRole } from "./GiveRole";
import { GrantTable } from "./GrantTable";
import { NewRole } from "./NewRole";
import { PermissionMatrix } from "./PermissionMatrix";
import { type Role, roles } from "./requests";

export function RolePage() {
  const access = useAccess();
  return (
    <ResourcePage
      of={roles}
      listTitle={text.roles.title}
      title={(role) => role.name}
      beside={(role) => (
        <Text size="sm" className="quiet">
          {role.built_in ? text.roles.builtIn : role.organization}
        </Text>
      )}
      actions={(role, tag) => <Actions role={role} tag={tag} />}
    >
      {(role, tag) => (
        <>
          {role.description && <Text size="sm">{role.description}</Text>}
          {/* Another revision starts with the permissions that it has. */}
          <Permissions key={role.revision} role={role} tag={tag} />
          <Panel
            flush
            title={text.roles.whoHas}
            aside={
              access.somewhere("role:write") && (
                <DialogButton label={text.grants.give}>
                  {(close) => <GiveRole role={role} close={close} />}
                </DialogButton>
              )
            }
          >
            <GrantTable
              query={{ role: role.id }}
              hide={["role"]}
              empty={<div className="panel-list quiet">{text.grantFilters.nobody}</div>}
            />
          </Panel>
        </>
      )}
    </ResourcePage>
  );
}

/** Whether the role may be changed and deleted: not one that is built in. */
function useMay(role: Role) {
  const access = useAccess();
  const may = (permission: Permission) =>
    !role.built_in && role.organization !== null && access.inOrganization(permission, role.organization);
  return { write: may("role:write"), delete: may("role:delete") };
}

function Actions({ role, tag }: { role: Role; tag: string }) {
  const access = useAccess();
  const may = useMay(role);
  const remove = useRemove(roles);
  return (
    <>
      <DialogButton label={text.roles.compare} title={text.roles.compareTitle(role.name)} size="lg">
        {() => <CompareRoles role={role} />}
      </DialogButton>
      {access.somewhere("role:write") && (
        <DialogButton label={text.roles.copy} size="lg">
          {(close) => (
            <NewRole
              name={text.roles.copyName(role.name)}
              permissions={role.permissions as Permission[]}
              close={close}
            />
          )}
        </DialogButton>
      )}
      {may.write && (
        <DialogButton label={text.roles.edit} title={text.common.edit}>
          {(close) => <EditForm of={roles} resource={role} tag={tag} close={close} />}
        </DialogButton>
      )}
      {may.delete && (
        <Button
          variant="default"
          c="var(--nimbus-bad)"
          onClick={() =>
            remove(role.id, {
              title: text.roles.deleteTitle(role.name),
              consequences: text.roles.deleteText,
              done: text.roles.deleted(role.name),
            })
          }
        >
          {text.roles.delete}
        </Button>
      )}
    </>
  );
}

function Permissions({ role, tag }: { role: Role; tag: string }) {
  const may = useMay(role);
  const before = new Set(role.permissions as Permission[]);
  const [held, setHeld] = useState(before);
  const { send, busy, failure } = useSend();
  const changed = held.size !== before.size || [...held].some((permission) => !before.has(permission));
  const save = () =>
    send(async () => {
      await roles.change(role.id, { permissions: [...held] }, tag);
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
              <Button variant="default" onClick={() => setHeld(before)}>
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
      <AskUnsaved changed={changed && !busy} />
      <PermissionMatrix held={held} onChange={may.write ? setHeld : undefined} />
    </Panel>
  );
}
