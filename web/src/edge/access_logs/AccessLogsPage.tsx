import { Tabs } from "@mantine/core";
import { FilterChips } from "../../components/collection/FilterChips";
import { type Filters, useFilters } from "../../components/collection/filters";
import { FilterSelect, SearchField, Toolbar } from "../../components/collection/Toolbar";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PeriodPicker } from "../../components/period/PeriodPicker";
import { useWorkspace } from "../../components/workspace";
import { CHART_RANGES, useChartRange } from "../../fleet/metrics";
import { text } from "../../text/edge";
import { LiveView } from "./LiveView";
import { SearchView } from "./SearchView";
import { SqlView } from "./SqlView";
import { TrafficView } from "./TrafficView";

const words = text.accessLogs;
const NAMES = ["q", "host", "uri", "status", "method", "client", "node", "virtual_host"] as const;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const CHIPS = { client: words.client, node: words.node, virtual_host: words.virtualHost };
type Name = (typeof NAMES)[number];

/** Requests that edges answered: searched, as they come, summed up, or asked by SQL. All views have the same filters. */
export function AccessLogsPage() {
  const workspace = useWorkspace();
  const filters = useFilters(...NAMES);
  const view = useFilters("view");
  const { range } = useChartRange();
  const shown = view.values.view || "search";
  const filter = { ...filters.values, workspace };
  return (
    <PageFrame title={words.title}>
      <Tabs
        value={shown}
        onChange={(chosen) => view.set({ view: chosen === "search" ? "" : (chosen ?? "") })}
        keepMounted={false}
      >
        <Tabs.List>
          {Object.entries(words.views).map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div className="stack">
          <Panel flush>
            <LogFilters filters={filters} hasTime={shown !== "live"} />
            <Tabs.Panel value="search">
              <SearchView filter={filter} range={range} />
            </Tabs.Panel>
            <Tabs.Panel value="live">
              <LiveView filter={filter} />
            </Tabs.Panel>
            <Tabs.Panel value="sql">
              <SqlView filter={filter} range={range} />
            </Tabs.Panel>
          </Panel>
          <Tabs.Panel value="traffic" className="stack">
            <TrafficView filter={filter} range={range} />
          </Tabs.Panel>
        </div>
      </Tabs>
    </PageFrame>
  );
}

function LogFilters({ filters, hasTime }: { filters: Filters<Name>; hasTime: boolean }) {
  const { range, setRange } = useChartRange();
  const { q, host, uri, status, method } = filters.values;
  const statuses = Object.entries(words.statuses).map(([value, label]) => ({ value, label }));
  const isOther = status !== "" && !(status in words.statuses);
  const methods = method === "" || METHODS.includes(method) ? METHODS : [...METHODS, method];
  return (
    <Toolbar filters={filters}>
      <SearchField value={q} onChange={(typed) => filters.set({ q: typed })} placeholder={words.search} />
      {hasTime && <PeriodPicker value={range} onChange={setRange} presets={CHART_RANGES} />}
      <FilterSelect
        filters={filters}
        name="status"
        label={words.status}
        any={words.anyStatus}
        width={160}
        data={isOther ? [...statuses, { value: status, label: status }] : statuses}
      />
      <FilterSelect
        filters={filters}
        name="method"
        label={words.method}
        any={words.anyMethod}
        width={130}
        data={methods}
      />
      <SearchField value={host} onChange={(typed) => filters.set({ host: typed })} placeholder={words.host} />
      <SearchField value={uri} onChange={(typed) => filters.set({ uri: typed })} placeholder={words.path} />
      <FilterChips filters={filters} names={CHIPS} />
    </Toolbar>
  );
}
