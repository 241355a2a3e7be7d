import { Button, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { kindsQuery } from "./requests";
import { TaskTable } from "./TaskTable";

const STATES = ["queued", "running", "succeeded", "failed", "cancelled"];

export function TasksPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const kinds = useQuery(kindsQuery);
  const { filters, set, filtered, clear } = useFilters("state", "kind", "node", "search", "sort");
  return (
    <PageFrame
      title={text.tasks.title}
      actions={
        access.somewhere("task:write") && (
          <Button component={PageLink} to="/tasks/new" leftSection={<IconPlus size={15} />}>
            {text.tasks.new}
          </Button>
        )
      }
    >
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.tasks.search}
          />
          <Select
            size="xs"
            w={140}
            aria-label={text.common.state}
            placeholder={text.tasks.anyState}
            clearable
            data={STATES}
            value={filters.state || null}
            onChange={(state) => set({ state: state ?? "" })}
          />
          <Select
            size="xs"
            w={170}
            aria-label={text.tasks.kind}
            placeholder={text.tasks.anyKind}
            clearable
            data={(kinds.data ?? []).map(({ name }) => name)}
            value={filters.kind || null}
            onChange={(kind) => set({ kind: kind ?? "" })}
          />
        </Toolbar>
        <TaskTable filters={{ ...filters, workspace }} onSort={(sort) => set({ sort })} filtered={filtered} />
      </Panel>
    </PageFrame>
  );
}
