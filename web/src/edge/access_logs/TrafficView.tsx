import { Alert, List, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { Chart } from "../../components/Chart";
import { Field, Fields } from "../../components/Fields";
import { Waiting } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { SidewaysTable } from "../../components/PanelRows";
import { bytes, bytesPerSecond, count, percent, percentText } from "../../components/quantity";
import { rangeBetween, useChartRange } from "../../fleet/metrics";
import { text } from "../../text/edge";
import { ObjectLink } from "../objects/Notes";
import { virtualHosts } from "../objects/requests";
import { type LogFilter, type LogSummary, summaryQuery } from "./requests";
import { seriesOf } from "./series";

const words = text.accessLogs.traffic;
const milliseconds = (value: number) => `${value >= 10 ? Math.round(value) : value.toFixed(1)} ms`;
const figure = (value: number) => (value >= 10 ? count(Math.round(value)) : value.toFixed(1));

interface Shown {
  summary: LogSummary;
}

/** Requests, errors, durations and bytes over the time that the page shows. */
export function TrafficView({ filter, range }: { filter: LogFilter; range: string }) {
  const query = useQuery({ ...summaryQuery(filter, range), placeholderData: keepPreviousData });
  const summary = query.data;
  if (summary === undefined)
    return (
      <Panel title={words.title}>
        <Waiting for={query} />
      </Panel>
    );
  return (
    <>
      <Troubles summary={summary} />
      <Panel title={words.title}>
        {summary.total.requests === 0 ? (
          <span className="quiet">{words.none}</span>
        ) : (
          <Totals summary={summary} />
        )}
        {!summary.whole && <Text size="sm">{words.partly}</Text>}
        <Charts summary={summary} />
      </Panel>
      <div className="columns">
        <Paths summary={summary} />
        {!filter.virtual_host && <Hosts summary={summary} />}
      </div>
    </>
  );
}

function Totals({ summary: { total } }: Shown) {
  const share = (part: number) => words.share(percentText(percent(part, total.requests)));
  const duration = (value: number | null) => (value === null ? text.common.unknown : milliseconds(value));
  return (
    <Fields>
      <Field name={words.requests}>{count(total.requests)}</Field>
      <Field name={words.errors}>
        {count(total.status.server_error)} <span className="quiet">{share(total.status.server_error)}</span>
      </Field>
      <Field name={words.clientErrors}>
        {count(total.status.client_error)} <span className="quiet">{share(total.status.client_error)}</span>
      </Field>
      <Field name={words.bytes}>{bytes(total.bytes)}</Field>
      <Field name={`${words.latency}, ${words.p50}`}>{duration(total.p50_ms)}</Field>
      <Field name={`${words.latency}, ${words.p95}`}>{duration(total.p95_ms)}</Field>
      <Field name={`${words.latency}, ${words.p99}`}>{duration(total.p99_ms)}</Field>
    </Fields>
  );
}

function Charts({ summary }: Shown) {
  const { setRange } = useChartRange();
  const series = seriesOf(summary);
  const shared = {
    timestamps: series.timestamps,
    onZoom: (from: number, to: number) => setRange(rangeBetween(from, to)),
  };
  return (
    <div className="charts">
      <Chart
        {...shared}
        title={words.perMinute}
        format={figure}
        lines={[
          { label: words.requests, values: series.requests },
          { label: words.errorsPerMinute, values: series.errors },
        ]}
      />
      <Chart
        {...shared}
        title={words.latency}
        format={milliseconds}
        lines={[
          { label: words.p95, values: series.p95 },
          { label: words.p50, values: series.p50 },
        ]}
      />
      <Chart
        {...shared}
        title={words.bytes}
        format={bytesPerSecond}
        unit="bytes"
        lines={[{ label: words.bytes, values: series.bytes }]}
      />
    </div>
  );
}

function Paths({ summary: { paths, paths_counted: counted } }: Shown) {
  return (
    <Panel flush title={words.paths} aside={<span className="quiet">{words.pathsCounted(counted)}</span>}>
      <SidewaysTable minWidth={320}>
        <Table>
          <Table.Tbody>
            {paths.map(({ path, requests, bytes: size }) => (
              <Table.Tr key={path}>
                <Table.Td className="mono">{path}</Table.Td>
                <Table.Td ta="right">{count(requests)}</Table.Td>
                <Table.Td ta="right">{bytes(size)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SidewaysTable>
    </Panel>
  );
}

function Hosts({ summary: { hosts } }: Shown) {
  const access = useAccess();
  const known =
    useQuery({ ...virtualHosts.all(), enabled: access.somewhere("config:read") }).data?.rows ?? [];
  const nameOf = (id: string) => known.find((host) => host.id === id)?.name ?? id;
  return (
    <Panel flush title={words.hosts}>
      <SidewaysTable minWidth={320}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.accessLogs.virtualHost}</Table.Th>
              <Table.Th ta="right">{words.requests}</Table.Th>
              <Table.Th ta="right">{words.errors}</Table.Th>
              <Table.Th ta="right">{words.p95}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {hosts.map(({ virtual_host_id: id, workspace_id: place, requests, status, p95_ms: p95 }) => (
              <Table.Tr key={`${id} ${place}`}>
                <Table.Td>
                  {id ? <ObjectLink kind="virtual_host" id={id} name={nameOf(id)} /> : words.unknownHost}
                </Table.Td>
                <Table.Td ta="right">{count(requests)}</Table.Td>
                <Table.Td ta="right">{count(status.server_error)}</Table.Td>
                <Table.Td ta="right">{p95 === null ? "–" : milliseconds(p95)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SidewaysTable>
    </Panel>
  );
}

function Troubles({ summary: { troubles } }: Shown) {
  if (troubles.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle />}>
      <Text size="sm" fw={600}>
        {words.troubles}
      </Text>
      <List size="sm">
        {troubles.map((one) => (
          <List.Item key={one.node_id}>
            {words.trouble(
              one.node ?? one.node_id,
              one.unreadable_lines,
              one.refused_lines,
              bytes(one.lost_bytes),
            )}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
