import { Button, Loader, Table, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { text } from "../../text";
import { UserChoice } from "../choices";
import { GiveRole } from "./GiveRole";
import { GrantTable } from "./GrantTable";
import {
  addMember,
  changeGroup,
  deleteGroup,
  type Group,
  groupQuery,
  membersQuery,
  removeMember,
} from "./requests";

export function GroupPage() {
  const { group: id } = useParams({ strict: false }) as { group: string };
  const access = useAccess();
  const asked = useQuery(groupQuery(id));
  const above = (
    <Link to="/groups" className="back-link">
      {text.groups.title}
    </Link>
  );
  if (asked.data === undefined) {
    return (
      <PageFrame title={text.groups.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const { value: group, tag } = asked.data;
  const give = () =>
    dialog(text.grants.give, (close) => (
      <GiveRole to={{ kind: "group", id: group.id, name: group.name }} close={close} />
    ));
  return (
    <PageFrame
      title={group.name}
      above={above}
      beside={
        <Text size="sm" className="quiet">
          {group.organization}
        </Text>
      }
      actions={<Actions group={group} tag={tag} />}
    >
      {group.description && <Text size="sm">{group.description}</Text>}
      <Members group={group} />
      {access.somewhere("role:read") && (
        <Panel
          flush
          title={text.grants.title}
          aside={
            access.somewhere("role:write") && (
              <Button variant="default" onClick={give}>
                {text.grants.give}
              </Button>
            )
          }
        >
          <GrantTable filters={{ group: group.id }} hide={["who"]} />
        </Panel>
      )}
    </PageFrame>
  );
}

function Actions({ group, tag }: { group: Group; tag: string }) {
  const access = useAccess();
  const navigate = useNavigate();
  const remove = () =>
    confirmDestructive({
      title: text.groups.deleteTitle(group.name),
      consequences: text.groups.deleteText(group.members),
      confirmLabel: text.common.delete,
      typed: group.name,
      run: async () => {
        await deleteGroup(group.id);
        notifyDone(text.groups.deleted(group.name));
        await navigate({ to: "/groups" });
      },
    });
  return (
    <>
      {access.inOrganization("group:write", group.organization) && (
        <Button
          variant="default"
          onClick={() =>
            dialog(text.common.edit, (close) => <EditGroup group={group} tag={tag} close={close} />)
          }
        >
          {text.groups.edit}
        </Button>
      )}
      {access.inOrganization("group:delete", group.organization) && (
        <Button variant="default" onClick={remove}>
          {text.groups.delete}
        </Button>
      )}
    </>
  );
}

function EditGroup({ group, tag, close }: { group: Group; tag: string; close: () => void }) {
  const [name, setName] = useState(group.name);
  const [description, setDescription] = useState(group.description);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim()}
      onDone={close}
      submit={() => changeGroup(group.id, { name: name.trim(), description: description.trim() }, tag)}
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

function Members({ group }: { group: Group }) {
  const access = useAccess();
  const client = useQueryClient();
  const asked = useQuery(membersQuery(group.id));
  const mayWrite = access.inOrganization("group:write", group.organization);
  const remove = (id: string, name: string) =>
    confirmDestructive({
      title: text.groups.removeTitle(name, group.name),
      consequences: text.groups.removeText,
      confirmLabel: text.common.remove,
      run: async () => {
        await removeMember(group.id, id);
        await client.invalidateQueries({ queryKey: ["groups"] });
      },
    });
  const members = asked.data ?? [];
  return (
    <Panel
      flush
      title={text.groups.members}
      aside={
        mayWrite &&
        access.somewhere("user:read") && (
          <Button
            variant="default"
            onClick={() =>
              dialog(text.groups.addMember, (close) => <AddMember group={group} close={close} />)
            }
          >
            {text.groups.addMember}
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
      {asked.data && members.length === 0 && <div className="panel-list quiet">{text.groups.noMembers}</div>}
      {members.length > 0 && (
        <Table>
          <Table.Tbody>
            {members.map((member) => (
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
                      onClick={() => remove(member.user_id, member.username)}
                    >
                      {text.common.remove}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function AddMember({ group, close }: { group: Group; close: () => void }) {
  const client = useQueryClient();
  const [user, setUser] = useState("");
  return (
    <SendForm
      submitLabel={text.common.add}
      disabled={!user}
      onDone={close}
      submit={async () => {
        await addMember(group.id, user);
        notifyDone(text.groups.added);
        await client.invalidateQueries({ queryKey: ["groups"] });
      }}
    >
      <UserChoice label={text.grants.kinds.user} value={user} onChange={setUser} required />
    </SendForm>
  );
}
