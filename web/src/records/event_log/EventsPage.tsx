import { useFilters } from "../../components/collection/filters";
import { filled } from "../../components/collection/searchRows";
import { SearchField, Toolbar } from "../../components/collection/Toolbar";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/records";
import { EventList } from "./EventList";

const SHOWN = 200;

export function EventsPage() {
  const filters = useFilters("kind");
  const workspace = useWorkspace();
  const { kind } = filters.values;
  return (
    <PageFrame title={text.events.title}>
      <Panel flush>
        <Toolbar
          filters={filters}
          aside={
            <>
              {text.events.intro}{" "}
              <PageLink to="/audit" search={{}} className="text-link">
                {text.audit.title}
              </PageLink>
            </>
          }
        >
          <SearchField
            value={kind}
            onChange={(words) => filters.set({ kind: words })}
            placeholder={`${text.events.kind}: ${text.events.kindHelp}`}
          />
        </Toolbar>
        <div className="panel-list">
          <EventList query={filled({ kind, workspace })} count={SHOWN} />
        </div>
      </Panel>
    </PageFrame>
  );
}
