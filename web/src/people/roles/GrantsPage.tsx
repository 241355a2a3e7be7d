import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect, Toolbar } from "../../components/collection/Toolbar";
import { Empty } from "../../components/Empty";
import { PageFrame, Panel } from "../../components/PageFrame";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/people";
import { users } from "../identity";
import { GiveRole } from "./GiveRole";
import { GrantTable } from "./GrantTable";
import { type Grant, roles } from "./requests";

export function GrantsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("user", "role", "organization", "state");
  const someRoles = useQuery(roles.all());
  const someUsers = useQuery({ ...users.all(), enabled: access.somewhere("user:read") });
  const give = access.somewhere("role:write") && (
    <CreateButton label={text.grants.give}>{(close) => <GiveRole close={close} />}</CreateButton>
  );
  return (
    <PageFrame title={text.grants.title} actions={give}>
      <Panel flush>
        <Toolbar filters={filters}>
          <FilterSelect
            filters={filters}
            name="role"
            label={text.grants.role}
            any={text.grants.anyRole}
            width={180}
            searchable
            data={(someRoles.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
          {someUsers.data && (
            <FilterSelect
              filters={filters}
              name="user"
              label={text.grants.kinds.user}
              any={text.grantFilters.anyUser}
              width={180}
              searchable
              limit={100}
              data={someUsers.data.rows.map(({ id, username }) => ({ value: id, label: username }))}
            />
          )}
          <FilterSelect
            filters={filters}
            name="state"
            label={text.grants.state}
            any={text.grantFilters.anyState}
            width={140}
            data={(["valid", "expired"] as const).map((value) => ({
              value,
              label: text.grants.states[value],
            }))}
          />
        </Toolbar>
        <GrantTable
          query={{
            ...filters.values,
            state: (filters.values.state || undefined) as Grant["state"] | undefined,
            workspace,
          }}
          filtered={filters.active || workspace !== ""}
          empty={
            <Empty title={text.grants.emptyTitle} action={give}>
              {text.grants.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
