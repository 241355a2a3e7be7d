import { Button, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { api, pageOf } from "../../api/client";
import { dialog } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Toolbar } from "../../components/Toolbar";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { GiveRole } from "./GiveRole";
import { GrantTable } from "./GrantTable";
import { listRoles } from "./requests";

export function GrantsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const { filters, set, filtered, clear } = useFilters("user", "role", "organization");
  const roles = useQuery({
    queryKey: ["roles", "choices-all"],
    queryFn: () => listRoles({ search: "", sort: "" }, 1, 1000),
  });
  const users = useQuery({
    queryKey: ["users", "choices"],
    queryFn: () => pageOf(api.GET("/api/v1/users", { params: { query: { page: 1, per_page: 1000 } } })),
    enabled: access.somewhere("user:read"),
  });
  const give = access.somewhere("role:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => dialog(text.grants.give, (close) => <GiveRole close={close} />)}
    >
      {text.grants.give}
    </Button>
  );
  return (
    <PageFrame title={text.grants.title} actions={give}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <Select
            size="xs"
            w={180}
            aria-label={text.grants.role}
            placeholder={text.grants.anyRole}
            clearable
            searchable
            data={(roles.data?.rows ?? []).map((role) => ({ value: role.id, label: role.name }))}
            value={filters.role || null}
            onChange={(role) => set({ role: role ?? "" })}
          />
          {users.data && (
            <Select
              size="xs"
              w={180}
              aria-label={text.grants.kinds.user}
              placeholder={text.grants.kinds.user}
              clearable
              searchable
              limit={100}
              data={users.data.rows.map((user) => ({ value: user.id, label: user.username }))}
              value={filters.user || null}
              onChange={(user) => set({ user: user ?? "" })}
            />
          )}
        </Toolbar>
        <GrantTable
          filters={{ ...filters, workspace }}
          filtered={filtered || workspace !== ""}
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
