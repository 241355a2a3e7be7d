import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { type Column, DataTable } from "../../components/DataTable";
import { dialog } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { text } from "../../text";
import { NewRole } from "./NewRole";
import { listRoles, type Role } from "./requests";

const columns: Column<Role>[] = [
  {
    key: "name",
    header: text.common.name,
    sort: "name",
    width: "14rem",
    cell: (role) => (
      <Link to="/roles/$role" params={{ role: role.id }} className="row-link">
        {role.name}
      </Link>
    ),
  },
  {
    key: "kind",
    header: text.roles.kind,
    width: "11rem",
    cell: (role) =>
      role.built_in ? (
        <span className="quiet">{text.roles.builtIn}</span>
      ) : (
        (role.organization ?? text.roles.custom)
      ),
  },
  {
    key: "permissions",
    header: text.roles.permissions,
    from: "sm",
    width: "9rem",
    cell: (role) => text.roles.permissionCount(role.permissions.length),
  },
  {
    key: "description",
    header: text.common.description,
    from: "md",
    cell: (role) => <span className="quiet">{role.description}</span>,
  },
];

export function RolesPage() {
  const access = useAccess();
  const navigate = useNavigate();
  const { filters, set, filtered, clear } = useFilters("search", "sort");
  const create = access.somewhere("role:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() =>
        dialog(text.roles.create, (close) => <NewRole name="" permissions={[]} close={close} />, "lg")
      }
    >
      {text.roles.create}
    </Button>
  );
  return (
    <PageFrame title={text.roles.title} actions={create}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.roles.search}
          />
        </Toolbar>
        <DataTable
          label={text.roles.title}
          columns={columns}
          rowId={(role) => role.id}
          queryKey={["roles", "list", filters]}
          load={(page, perPage) => listRoles(filters, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          onOpen={(role) => void navigate({ to: "/roles/$role", params: { role: role.id } })}
          filtered={filtered}
          empty={<Empty title={text.roles.emptyTitle}>{text.roles.emptyText}</Empty>}
        />
      </Panel>
    </PageFrame>
  );
}
