import { Button, Switch, TextInput } from "@mantine/core";
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
import { listOrganizations, makeOrganization, type Organization } from "./requests";

const columns: Column<Organization>[] = [
  {
    key: "name",
    header: text.common.name,
    sort: "name",
    cell: (one) => (
      <Link to="/organizations/$organization" params={{ organization: one.id }} className="row-link">
        {one.name}
      </Link>
    ),
  },
  {
    key: "description",
    header: text.common.description,
    from: "md",
    cell: (one) => <span className="quiet">{one.description}</span>,
  },
  {
    key: "between",
    header: text.organizations.between,
    from: "sm",
    width: "11rem",
    cell: (one) =>
      one.cross_workspace_visibility ? (
        text.organizations.together
      ) : (
        <span className="quiet">{text.organizations.apart}</span>
      ),
  },
  {
    key: "created",
    header: text.common.created,
    sort: "created_at",
    width: "9rem",
    cell: (one) => <When at={one.created_at} />,
  },
];

export function OrganizationsPage() {
  const access = useAccess();
  const navigate = useNavigate();
  const { filters, set, filtered, clear } = useFilters("search", "sort");
  const create = access.everywhere("organization:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => dialog(text.organizations.create, (close) => <NewOrganization close={close} />)}
    >
      {text.organizations.create}
    </Button>
  );
  return (
    <PageFrame title={text.organizations.title} actions={create}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.organizations.search}
          />
        </Toolbar>
        <DataTable
          label={text.organizations.title}
          columns={columns}
          rowId={(one) => one.id}
          queryKey={["organizations", "list", filters]}
          load={(page, perPage) => listOrganizations(filters, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          onOpen={(one) =>
            void navigate({ to: "/organizations/$organization", params: { organization: one.id } })
          }
          filtered={filtered}
          empty={<Empty title={text.organizations.emptyTitle}>{text.organizations.emptyText}</Empty>}
        />
      </Panel>
    </PageFrame>
  );
}

function NewOrganization({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [visibility, setVisibility] = useState(false);
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={!name.trim()}
      onDone={close}
      submit={async () => {
        const made = await makeOrganization({
          name: name.trim(),
          description: description.trim(),
          cross_workspace_visibility: visibility,
        });
        notifyDone(text.organizations.made(made.name));
        await client.invalidateQueries({ queryKey: ["organizations"] });
        await navigate({ to: "/organizations/$organization", params: { organization: made.id } });
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
      <Switch
        size="xs"
        label={text.organizations.visibility}
        description={text.organizations.visibilityHelp}
        checked={visibility}
        onChange={(event) => setVisibility(event.currentTarget.checked)}
      />
    </SendForm>
  );
}
