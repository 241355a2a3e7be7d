import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { inWorkspace, useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { EventList } from "./EventList";

const SHOWN = 200;

export function EventsPage() {
  const { filters, set, filtered, clear } = useFilters("kind");
  const workspace = useWorkspace();
  return (
    <PageFrame title={text.events.title}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear} aside={text.events.intro}>
          <SearchField
            value={filters.kind}
            onChange={(kind) => set({ kind })}
            placeholder={`${text.events.kind}: ${text.events.kindHelp}`}
          />
        </Toolbar>
        <div className="panel-list">
          <EventList
            filters={{ ...(filters.kind ? { kind: filters.kind } : {}), ...inWorkspace(workspace) }}
            count={SHOWN}
          />
        </div>
      </Panel>
    </PageFrame>
  );
}
