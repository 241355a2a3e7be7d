import { Button, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { type Column, DataTable } from "../../components/DataTable";
import { dialog } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { text } from "../../text";
import { NewUser } from "./NewUser";
import { listUsers, type User } from "./requests";

const columns: Column<User>[] = [
  {
    key: "name",
    header: text.users.username,
    sort: "username",
    cell: (user) => (
      <>
        <Link to="/users/$user" params={{ user: user.id }} className="row-link">
          {user.username}
        </Link>
        {user.display_name && <span className="quiet"> {user.display_name}</span>}
      </>
    ),
  },
  { key: "email", header: text.users.email, sort: "email", from: "md", cell: (user) => user.email },
  {
    key: "home",
    header: text.users.home,
    from: "md",
    width: "10rem",
    cell: (user) => user.organization ?? <span className="quiet">{text.common.none}</span>,
  },
  {
    key: "status",
    header: text.users.status,
    width: "9rem",
    cell: (user) => <AccountStatus user={user} />,
  },
  {
    key: "factor",
    header: text.users.secondFactor,
    from: "lg",
    width: "10rem",
    cell: (user) => <Factor user={user} />,
  },
  {
    key: "last",
    header: text.users.lastSignIn,
    sort: "last_login_at",
    from: "sm",
    width: "9rem",
    cell: (user) => <When at={user.last_login_at} />,
  },
];

export function AccountStatus({ user }: { user: User }) {
  if (user.disabled) return <Status state="disabled" word={text.users.disabled} />;
  return <Status state="enabled" word={user.is_admin ? text.users.administrator : text.users.enabled} />;
}

function Factor({ user }: { user: User }) {
  const held = [user.mfa.totp && text.users.totp, (user.mfa.passkeys ?? 0) > 0 && text.users.passkeys].filter(
    Boolean,
  );
  return held.length > 0 ? held.join(", ") : <span className="quiet">{text.common.none}</span>;
}

export function UsersPage() {
  const access = useAccess();
  const navigate = useNavigate();
  const { filters, set, filtered, clear } = useFilters("search", "status", "organization", "sort");
  const create = access.somewhere("user:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => dialog(text.users.create, (close) => <NewUser close={close} />)}
    >
      {text.users.create}
    </Button>
  );
  return (
    <PageFrame title={text.users.title} actions={create}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.users.search}
          />
          <Select
            size="xs"
            w={150}
            aria-label={text.users.status}
            placeholder={text.users.anyStatus}
            clearable
            data={[
              { value: "administrators", label: text.users.onlyAdministrators },
              { value: "enabled", label: text.users.onlyEnabled },
              { value: "disabled", label: text.users.onlyDisabled },
            ]}
            value={filters.status || null}
            onChange={(status) => set({ status: status ?? "" })}
          />
        </Toolbar>
        <DataTable
          label={text.users.title}
          columns={columns}
          rowId={(user) => user.id}
          rowName={(user) => user.username}
          queryKey={["users", "list", filters]}
          load={(page, perPage) => listUsers(filters, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          onOpen={(user) => void navigate({ to: "/users/$user", params: { user: user.id } })}
          filtered={filtered}
          empty={
            <Empty title={text.users.emptyTitle} action={create}>
              {text.users.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
