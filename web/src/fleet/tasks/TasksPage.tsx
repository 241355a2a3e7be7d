import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect, SearchField, Toolbar } from "../../components/collection/Toolbar";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { KindFilter } from "./KindFilter";
import type { Task } from "./requests";
import { TaskTable } from "./TaskTable";

const STATES = ["queued", "running", "succeeded", "failed", "cancelled"];

export function TasksPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("state", "kind", "node", "search", "sort");
  const state = filters.values.state as Task["state"] | "";
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
        <Toolbar filters={filters}>
          <SearchField
            value={filters.values.search}
            onChange={(search) => filters.set({ search })}
            placeholder={text.tasks.search}
          />
          <FilterSelect
            filters={filters}
            name="state"
            label={text.common.state}
            any={text.tasks.anyState}
            width={140}
            data={STATES.map((state) => ({ value: state, label: asWords(state) }))}
          />
          <KindFilter filters={filters} />
        </Toolbar>
        <TaskTable
          query={{ ...filters.values, state, workspace }}
          onSort={(sort) => filters.set({ sort })}
          filtered={filters.active}
        />
      </Panel>
    </PageFrame>
  );
}
