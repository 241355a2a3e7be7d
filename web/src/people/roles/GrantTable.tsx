import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { type Column, DataTable } from "../../components/DataTable";
import { notifyDone } from "../../components/notify";
import { When } from "../../components/When";
import { text } from "../../text";
import { type Grant, type GrantFilters, listGrants, takeRole } from "./requests";

/** A workspace, or an organization as a whole. */
function placeOfGrant(grant: Grant): string {
  return grant.workspace ?? text.grants.wholeOrganization(grant.organization);
}

const columns: Column<Grant>[] = [
  { key: "who", header: text.grants.who, cell: (grant) => <Principal grant={grant} /> },
  {
    key: "role",
    header: text.grants.role,
    cell: (grant) => (
      <Link to="/roles/$role" params={{ role: grant.role_id }} className="row-link">
        {grant.role}
      </Link>
    ),
  },
  { key: "place", header: text.grants.place, cell: placeOfGrant },
  {
    key: "source",
    header: text.grants.source,
    from: "lg",
    width: "9rem",
    cell: (grant) => text.grants.sources[grant.source] ?? grant.source,
  },
  {
    key: "by",
    header: text.grants.by,
    from: "lg",
    width: "10rem",
    cell: (grant) => <span className="quiet">{grant.created_by}</span>,
  },
  {
    key: "since",
    header: text.grants.since,
    from: "md",
    width: "8rem",
    cell: (grant) => <When at={grant.created_at} />,
  },
  { key: "take", header: "", width: "3.5rem", align: "right", cell: (grant) => <Take grant={grant} /> },
];

function Principal({ grant }: { grant: Grant }) {
  const { principal, principal_id: id, principal_kind: kind } = grant;
  return (
    <>
      {kind === "user" && (
        <Link to="/users/$user" params={{ user: id }} className="row-link">
          {principal}
        </Link>
      )}
      {kind === "group" && (
        <Link to="/groups/$group" params={{ group: id }} className="row-link">
          {principal}
        </Link>
      )}
      {kind === "key" && <span>{principal}</span>}
      {kind !== "user" && <span className="quiet"> {text.grants.kinds[kind].toLowerCase()}</span>}
    </>
  );
}

function Take({ grant }: { grant: Grant }) {
  const access = useAccess();
  const client = useQueryClient();
  const may = grant.workspace
    ? access.in("role:delete", grant.workspace)
    : access.inOrganization("role:delete", grant.organization);
  if (!may) return null;
  const take = () =>
    confirmDestructive({
      title: text.grants.takeTitle(grant.role, grant.principal),
      consequences: text.grants.takeText(grant.role, grant.principal, placeOfGrant(grant)),
      confirmLabel: text.grants.take,
      run: async () => {
        await takeRole(grant.id);
        notifyDone(text.grants.taken);
        await client.invalidateQueries({ queryKey: ["grants"] });
      },
    });
  return (
    <Tooltip label={text.grants.take}>
      <ActionIcon size="sm" onClick={take} aria-label={text.grants.takeTitle(grant.role, grant.principal)}>
        <IconTrash size={15} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Grants, narrowed by what is known where it is shown. */
export function GrantTable(given: {
  filters: GrantFilters;
  hide?: ("who" | "role")[];
  filtered?: boolean;
  empty?: ReactNode;
  sort?: string;
  onSort?: (sort: string) => void;
}) {
  const hidden: string[] = given.hide ?? [];
  return (
    <DataTable
      label={text.grants.title}
      columns={columns.filter(({ key }) => !hidden.includes(key))}
      rowId={(grant) => grant.id}
      queryKey={["grants", "list", given.filters]}
      load={(page, perPage) => listGrants(given.filters, page, perPage)}
      filtered={given.filtered}
      empty={given.empty ?? <div className="panel-list quiet">{text.grants.none}</div>}
    />
  );
}
