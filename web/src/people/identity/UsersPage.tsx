import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect } from "../../components/collection/Toolbar";
import { OrNone } from "../../components/Fields";
import { PageLink } from "../../components/PageLink";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { AccountStatus } from "./AccountStatus";
import { NewUser } from "./NewUser";
import { type User, users } from "./requests";

const columns: Column<User>[] = [
  {
    key: "name",
    header: text.users.username,
    sort: "username",
    cell: (user) => (
      <>
        <PageLink to={`/users/${user.id}`} className="row-link">
          {user.username}
        </PageLink>
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
    cell: (user) => <OrNone value={user.organization} />,
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
    cell: (user) => <OrNone value={factorsOf(user)} />,
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

function factorsOf({ mfa }: User): string {
  const factors = [mfa.totp && text.users.totp, (mfa.passkeys ?? 0) > 0 && text.users.passkeys];
  return factors.filter(Boolean).join(", ");
}

const STATUS: Record<string, { is_admin?: boolean; disabled?: boolean }> = {
  administrators: { is_admin: true },
  enabled: { disabled: false },
  disabled: { disabled: true },
};

export function UsersPage() {
  const access = useAccess();
  const filters = useFilters("search", "status", "organization", "sort");
  const { status, organization, sort } = filters.values;
  return (
    <CollectionPage
      of={users}
      texts={text.users}
      filters={filters}
      query={{ ...STATUS[status], organization, sort }}
      wordsOf={(user) => [user.username, user.display_name, user.email]}
      columns={columns}
      opens
      create={
        access.somewhere("user:write") && (
          <CreateButton label={text.users.create}>{(close) => <NewUser close={close} />}</CreateButton>
        )
      }
      toolbar={
        <FilterSelect
          filters={filters}
          name="status"
          label={text.users.status}
          any={text.users.anyStatus}
          width={150}
          data={[
            { value: "administrators", label: text.users.onlyAdministrators },
            { value: "enabled", label: text.users.onlyEnabled },
            { value: "disabled", label: text.users.onlyDisabled },
          ]}
        />
      }
    />
  );
}
