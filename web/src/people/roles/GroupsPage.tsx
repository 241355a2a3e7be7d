import { Button, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { type Column, DataTable } from "../../components/DataTable";
import { dialog, SendForm } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { text } from "../../text";
import { OrganizationChoice } from "../choices";
import { type Group, listGroups, makeGroup } from "./requests";

const columns: Column<Group>[] = [
  {
    key: "name",
    header: text.common.name,
    sort: "name",
    cell: (group) => (
      <Link to="/groups/$group" params={{ group: group.id }} className="row-link">
        {group.name}
      </Link>
    ),
  },
  { key: "organization", header: text.common.organization, cell: (group) => group.organization },
  { key: "members", header: text.groups.members, width: "7rem", cell: (group) => group.members },
  {
    key: "description",
    header: text.common.description,
    from: "md",
    cell: (group) => <span className="quiet">{group.description}</span>,
  },
  {
    key: "created",
    header: text.common.created,
    sort: "created_at",
    from: "sm",
    width: "8rem",
    cell: (group) => <When at={group.created_at} />,
  },
];

export function GroupsPage() {
  const access = useAccess();
  const navigate = useNavigate();
  const { filters, set, filtered, clear } = useFilters("search", "sort");
  const create = access.somewhere("group:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => dialog(text.groups.create, (close) => <NewGroup close={close} />)}
    >
      {text.groups.create}
    </Button>
  );
  return (
    <PageFrame title={text.groups.title} actions={create}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.groups.search}
          />
        </Toolbar>
        <DataTable
          label={text.groups.title}
          columns={columns}
          rowId={(group) => group.id}
          queryKey={["groups", "list", filters]}
          load={(page, perPage) => listGroups(filters, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          onOpen={(group) => void navigate({ to: "/groups/$group", params: { group: group.id } })}
          filtered={filtered}
          empty={
            <Empty title={text.groups.emptyTitle} action={create}>
              {text.groups.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}

function NewGroup({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [organization, setOrganization] = useState("");
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={!name.trim()}
      onDone={close}
      submit={async () => {
        const made = await makeGroup({ name: name.trim(), description: description.trim(), organization });
        notifyDone(text.groups.made(made.name));
        await client.invalidateQueries({ queryKey: ["groups"] });
        await navigate({ to: "/groups/$group", params: { group: made.id } });
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
      <OrganizationChoice
        permission="group:write"
        label={text.common.organization}
        value={organization}
        onChange={setOrganization}
      />
    </SendForm>
  );
}
