import { ActionIcon, Group, Skeleton, Text, Tooltip } from "@mantine/core";
import { IconChartLine, IconTable, IconZoomOut, IconZoomReset } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Chart } from "../../components/Chart";
import type { Line, Mark } from "../../components/chartLayers";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { PeriodPicker } from "../../components/period/PeriodPicker";
import { bytesPerSecond, percentText } from "../../components/quantity";
import { text } from "../../text/fleet";
import { CHART_RANGES, DEFAULT_RANGE, rangeBetween, useChartRange, widerRange } from "./chartRange";
import { LoadTable } from "./LoadTable";
import { lineOf, type MetricsAnswer, type MetricsQuery } from "./requests";

interface LoadChartsProps {
  query: (range: string) => MetricsQuery;
  /** What happened meanwhile. */
  marks?: readonly Mark[];
}

/** Processor, memory, disk and network over one time, which is in the address. */
export function LoadCharts({ query, marks }: LoadChartsProps) {
  const { range, setRange } = useChartRange();
  const [asTable, setAsTable] = useState(false);
  const metrics = useQuery({ ...query(range), placeholderData: keepPreviousData });
  const answer = metrics.data;
  const zoom = (from: number, to: number) => setRange(rangeBetween(from, to));
  return (
    <Panel
      title={text.metrics.overTime}
      aside={<Controls range={range} setRange={setRange} asTable={asTable} setAsTable={setAsTable} />}
    >
      {metrics.isError && <Failure error={metrics.error} onRetry={() => void metrics.refetch()} />}
      {metrics.isPending && <Skeletons />}
      {answer && asTable && <LoadTable answer={answer} marks={marks ?? []} />}
      {answer && !asTable && <Charts answer={answer} marks={marks} onZoom={zoom} />}
    </Panel>
  );
}

interface ControlsProps {
  range: string;
  setRange: (range: string) => void;
  asTable: boolean;
  setAsTable: (asTable: boolean) => void;
}

function Controls({ range, setRange, asTable, setAsTable }: ControlsProps) {
  const wider = widerRange(range, new Date());
  const other = asTable ? text.metrics.asCharts : text.metrics.asTable;
  return (
    <Group gap={4}>
      {range !== DEFAULT_RANGE && (
        <Tooltip label={text.metrics.reset}>
          <ActionIcon aria-label={text.metrics.reset} onClick={() => setRange(DEFAULT_RANGE)}>
            <IconZoomReset size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      <PeriodPicker value={range} onChange={setRange} presets={CHART_RANGES} />
      <Tooltip label={text.metrics.wider}>
        <ActionIcon aria-label={text.metrics.wider} disabled={wider === ""} onClick={() => setRange(wider)}>
          <IconZoomOut size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={other}>
        <ActionIcon aria-label={other} onClick={() => setAsTable(!asTable)}>
          {asTable ? <IconChartLine size={16} /> : <IconTable size={16} />}
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

interface ChartsProps {
  answer: MetricsAnswer;
  marks: readonly Mark[] | undefined;
  onZoom: (from: number, to: number) => void;
}

function Charts({ answer, marks, onZoom }: ChartsProps) {
  const shared = { timestamps: answer.timestamps, marks, onZoom };
  const percent = (title: string, line: Line) => (
    <Chart {...shared} title={title} format={percentText} max={100} lines={[line]} />
  );
  const { cpu, memory, disk, network, received, sent } = text.metrics;
  return (
    <>
      <div className="charts">
        {percent(cpu, lineOf(answer, cpu, "cpu"))}
        {percent(memory, lineOf(answer, memory, "memory_used", "memory_total"))}
        {percent(disk, lineOf(answer, disk, "disk_used", "disk_total"))}
        <Chart
          {...shared}
          title={network}
          format={bytesPerSecond}
          unit="bytes"
          lines={[lineOf(answer, received, "network_rx"), lineOf(answer, sent, "network_tx")]}
        />
      </div>
      <Text size="xs" className="quiet" mt="xs">
        <Text span inherit visibleFrom="sm">
          {text.metrics.zoomHelp}{" "}
        </Text>
        {[
          text.metrics.shaded,
          ...(answer.series.some(({ min }) => min !== null) ? [text.metrics.band] : []),
          ...(marks?.length ? [text.metrics.marked] : []),
        ].join(" ")}
      </Text>
    </>
  );
}

/** As large as what comes in their place. */
function Skeletons() {
  return (
    <div className="charts" role="status" aria-label={text.common.loading}>
      {[text.metrics.cpu, text.metrics.memory, text.metrics.disk, text.metrics.network].map((title) => (
        <Skeleton key={title} height={144} />
      ))}
    </div>
  );
}
