import { Button, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { useRemove } from "../../components/collection/changes";
import { EditForm } from "../../components/collection/EditForm";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton } from "../../components/dialog";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { UserChoice } from "../choices";
import { GiveRole } from "./GiveRole";
import { GrantTable } from "./GrantTable";
import { addMember, type Group, groups, membersQuery, removeMember } from "./requests";

export function GroupPage() {
  const access = useAccess();
  return (
    <ResourcePage
      of={groups}
      listTitle={text.groups.title}
      title={(group) => group.name}
      beside={(group) => (
        <Text size="sm" className="quiet">
          {group.organization}
        </Text>
      )}
      actions={(group, tag) => <Actions group={group} tag={tag} />}
    >
      {(group) => (
        <>
          {group.description && <Text size="sm">{group.description}</Text>}
          <Members group={group} />
          {access.somewhere("role:read") && (
            <Panel
              flush
              title={text.grants.title}
              aside={
                access.somewhere("role:write") && (
                  <DialogButton label={text.grants.give}>
                    {(close) => (
                      <GiveRole to={{ kind: "group", id: group.id, name: group.name }} close={close} />
                    )}
                  </DialogButton>
                )
              }
            >
              <GrantTable query={{ group: group.id }} hide={["who"]} />
            </Panel>
          )}
        </>
      )}
    </ResourcePage>
  );
}

function Actions({ group, tag }: { group: Group; tag: string }) {
  const access = useAccess();
  const remove = useRemove(groups);
  return (
    <>
      {access.inOrganization("group:write", group.organization) && (
        <DialogButton label={text.groups.edit} title={text.common.edit}>
          {(close) => <EditForm of={groups} resource={group} tag={tag} close={close} />}
        </DialogButton>
      )}
      {access.inOrganization("group:delete", group.organization) && (
        <Button
          variant="default"
          onClick={() =>
            remove(group.id, {
              title: text.groups.deleteTitle(group.name),
              consequences: text.groups.deleteText(group.members),
              typed: group.name,
              done: text.groups.deleted(group.name),
            })
          }
        >
          {text.groups.delete}
        </Button>
      )}
    </>
  );
}

function Members({ group }: { group: Group }) {
  const access = useAccess();
  const members = useQuery(membersQuery(group.id));
  const mayWrite = access.inOrganization("group:write", group.organization);
  return (
    <Panel
      flush
      title={text.groups.members}
      aside={
        mayWrite &&
        access.somewhere("user:read") && (
          <DialogButton label={text.groups.addMember}>
            {(close) => <AddMember group={group} close={close} />}
          </DialogButton>
        )
      }
    >
      <PanelRows query={members} rows={members.data} empty={text.groups.noMembers}>
        {(member) => (
          <Table.Tr key={member.user_id}>
            <Table.Td>
              <Link to="/users/$user" params={{ user: member.user_id }} className="row-link">
                {member.username}
              </Link>
            </Table.Td>
            <Table.Td className="quiet">
              {member.source === "manual" ? text.groups.byHand : text.groups.byProvider(member.source)}
            </Table.Td>
            <Table.Td ta="right">
              {mayWrite && (
                <Button
                  variant="default"
                  aria-label={text.groups.removeTitle(member.username, group.name)}
                  onClick={() =>
                    confirmDestructive({
                      title: text.groups.removeTitle(member.username, group.name),
                      consequences: text.groups.removeText,
                      confirmLabel: text.common.remove,
                      run: () => removeMember(group.id, member.user_id),
                    })
                  }
                >
                  {text.common.remove}
                </Button>
              )}
            </Table.Td>
          </Table.Tr>
        )}
      </PanelRows>
    </Panel>
  );
}

function AddMember({ group, close }: { group: Group; close: () => void }) {
  const [user, setUser] = useState("");
  return (
    <SendForm
      submitLabel={text.common.add}
      disabled={!user}
      onDone={close}
      submit={async () => {
        await addMember(group.id, user);
        notifyDone(text.groups.added);
      }}
    >
      <UserChoice label={text.grants.kinds.user} value={user} onChange={setUser} required />
    </SendForm>
  );
}
