import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { text } from "../../text/people";
import { NewRole } from "./NewRole";
import { type Role, roles } from "./requests";

const columns: Column<Role>[] = [
  {
    key: "name",
    header: text.common.name,
    sort: "name",
    width: "14rem",
    link: true,
    cell: (role) => role.name,
  },
  {
    key: "kind",
    header: text.roles.kind,
    width: "11rem",
    cell: (role) => {
      if (role.built_in) return <span className="quiet">{text.roles.builtIn}</span>;
      return role.organization ?? text.roles.custom;
    },
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
  return (
    <CollectionPage
      of={roles}
      texts={text.roles}
      filters={useFilters("search", "sort")}
      wordsOf={(role) => [role.name, role.description, role.organization]}
      columns={columns}
      create={
        access.somewhere("role:write") && (
          <CreateButton label={text.roles.create} size="lg">
            {(close) => <NewRole name="" permissions={[]} close={close} />}
          </CreateButton>
        )
      }
    />
  );
}
