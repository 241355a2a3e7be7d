import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconClock, IconTrash } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { CollectionTable, type Column } from "../../components/collection/CollectionTable";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { ChangeEnd } from "./EndField";
import { type Grant, type GrantQuery, grants } from "./requests";

/** A workspace, or an organization as a whole. */
function placeOf(grant: Grant): string {
  return grant.workspace ?? text.common.wholeOrganization(grant.organization);
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
  { key: "place", header: text.grants.place, cell: placeOf },
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
  {
    key: "ends",
    header: text.grants.ends,
    from: "sm",
    width: "8rem",
    cell: (grant) =>
      grant.state === "expired" ? (
        <Status state="expired" word={text.grants.expired} />
      ) : (
        <When at={grant.expires_at} absent={text.grants.neverEnds} />
      ),
  },
  {
    key: "actions",
    header: "",
    width: "5.5rem",
    align: "right",
    cell: (grant) => (
      <Group gap={4} justify="flex-end" wrap="nowrap">
        <EndButton grant={grant} />
        <RevokeButton grant={grant} />
      </Group>
    ),
  },
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

function useMay(permission: Permission, grant: Grant): boolean {
  const access = useAccess();
  return grant.workspace
    ? access.in(permission, grant.workspace)
    : access.inOrganization(permission, grant.organization);
}

function EndButton({ grant }: { grant: Grant }) {
  const mayWrite = useMay("role:write", grant);
  if (!mayWrite || grant.state === "expired") return null;
  const title = text.grants.changeEndOf(grant.role, grant.principal);
  return (
    <Tooltip label={text.grants.changeEnd}>
      <ActionIcon
        size="sm"
        onClick={() => dialog(title, (close) => <ChangeEnd grant={grant} close={close} />)}
        aria-label={title}
      >
        <IconClock size={15} />
      </ActionIcon>
    </Tooltip>
  );
}

function RevokeButton({ grant }: { grant: Grant }) {
  if (!useMay("role:delete", grant)) return null;
  const revoke = () =>
    confirmDestructive({
      title: text.grants.revokeTitle(grant.role, grant.principal),
      consequences: text.grants.revokeText(grant.role, grant.principal, placeOf(grant)),
      confirmLabel: text.grants.revoke,
      run: () => grants.remove(grant.id),
      done: text.grants.revoked,
    });
  return (
    <Tooltip label={text.grants.revoke}>
      <ActionIcon
        size="sm"
        onClick={revoke}
        aria-label={text.grants.revokeTitle(grant.role, grant.principal)}
      >
        <IconTrash size={15} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Grants that match; `hide` are columns that would say the same in every row. */
export function GrantTable(props: {
  query: GrantQuery;
  hide?: ("who" | "role")[];
  filtered?: boolean;
  empty?: ReactNode;
}) {
  const hidden = props.hide?.join() ?? "";
  const shown = useMemo(() => columns.filter(({ key }) => !hidden.split(",").includes(key)), [hidden]);
  return (
    <CollectionTable
      of={grants}
      label={text.grants.title}
      columns={shown}
      query={props.query}
      filtered={props.filtered}
      empty={props.empty ?? <div className="panel-list quiet">{text.grants.none}</div>}
    />
  );
}
