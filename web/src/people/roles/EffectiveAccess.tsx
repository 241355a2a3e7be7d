import { Select, Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/people";
import classes from "./PermissionMatrix.module.css";
import { PERMISSIONS } from "./permissions";
import { usePermissionWords } from "./permissionWords";
import { grants } from "./requests";

type Row = Schema<"AccessRow">;
type Principal = { user: string } | { group: string } | Record<string, never>;

function accessQuery(of: Principal) {
  return {
    queryKey: [grants.name, "effective", of],
    queryFn: () => dataOf(api.GET("/api/v1/effective-access", { params: { query: of } })),
  };
}

/** What somebody may do: where, by which role, through which group, until when; "of" nobody: oneself. */
export function EffectiveAccess({ of }: { of: Principal }) {
  const { data, error } = useQuery(accessQuery(of));
  const [permission, setPermission] = useState<string | null>(null);
  const { describe } = usePermissionWords();
  const rows = (data?.rows ?? []).filter((row) => !permission || row.permissions.includes(permission));
  return (
    <Panel
      flush
      title={text.access.title}
      aside={
        <Select
          size="xs"
          aria-label={text.access.filter}
          placeholder={text.access.filter}
          searchable
          clearable
          data={[...PERMISSIONS]}
          value={permission}
          onChange={setPermission}
        />
      }
    >
      {error && <Failure error={error} />}
      {permission && (
        <div className="panel-list quiet">{text.access.means(permission, describe(permission))}</div>
      )}
      {data && rows.length === 0 && (
        <div className="panel-list quiet">
          {permission ? text.access.noneOf(permission) : text.access.none}
        </div>
      )}
      {rows.length > 0 && <Rows rows={rows} />}
    </Panel>
  );
}

function Rows({ rows }: { rows: Row[] }) {
  return (
    <section className={classes.scroller} tabIndex={0} aria-label={text.access.title}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.grants.place}</Table.Th>
            <Table.Th>{text.grants.role}</Table.Th>
            <Table.Th>{text.access.through}</Table.Th>
            <Table.Th>{text.grants.ends}</Table.Th>
            <Table.Th>{text.roles.permissions}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.source}-${row.grant_id}-${row.workspace_id}-${row.group}`}>
              <Table.Td>{whereOf(row)}</Table.Td>
              <Table.Td>{row.role ?? "–"}</Table.Td>
              <Table.Td>
                {row.group ? text.access.group(row.group) : text.access.sources[row.source]}
              </Table.Td>
              <Table.Td>
                <When at={row.expires_at} absent={text.grants.neverEnds} />
              </Table.Td>
              <Table.Td title={row.permissions.join("\n")}>{row.permissions.length}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function whereOf(row: Row): string {
  if (!row.organization) return text.access.everywhere;
  return row.workspace ?? text.common.wholeOrganization(row.organization);
}
