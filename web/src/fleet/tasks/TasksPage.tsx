import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect, SearchField, Toolbar } from "../../components/collection/Toolbar";
import { useSelection } from "../../components/collection/useSelection";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { PeriodPicker } from "../../components/period/PeriodPicker";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { BulkTasks } from "./BulkTasks";
import { KindFilter } from "./KindFilter";
import { NodeFilter } from "./NodeFilter";
import { type Task, taskList } from "./requests";
import { TaskTable } from "./TaskTable";

const STATES = ["queued", "running", "succeeded", "failed", "cancelled"];

export function TasksPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("state", "kind", "node", "period", "search", "sort");
  const state = filters.values.state as Task["state"] | "";
  const query = { ...filters.values, state, workspace };
  const { chosen, total, select, all, clear } = useSelection(taskList, query);
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
        <Toolbar
          filters={filters}
          selection={{
            count: chosen.size,
            total,
            all,
            clear,
            actions: <BulkTasks chosen={[...chosen.values()]} onDone={clear} />,
          }}
        >
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
          <NodeFilter filters={filters} />
          <PeriodPicker value={filters.values.period} onChange={(period) => filters.set({ period })} />
        </Toolbar>
        <TaskTable
          views
          query={query}
          {...(access.somewhere("task:write") && { selected: new Set(chosen.keys()), onSelect: select })}
          onSort={(sort) => filters.set({ sort })}
          filtered={filters.active}
        />
      </Panel>
    </PageFrame>
  );
}
