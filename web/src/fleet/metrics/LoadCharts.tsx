import { SegmentedControl } from "@mantine/core";
import { keepPreviousData, type UseQueryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Chart } from "../../components/Chart";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { bytesPerSecond, percentText } from "../../components/quantity";
import { text } from "../../text";
import { type MetricsAnswer, type Range, valuesOf } from "./requests";

const RANGES = [
  { value: "1h", label: text.nodes.range1h },
  { value: "24h", label: text.nodes.range24h },
  { value: "30d", label: text.nodes.range30d },
];

/** Processor, memory, disk and network over the last hour, day or month. */
export function LoadCharts({
  query,
}: {
  query: (range: Range) => { queryKey: unknown[]; queryFn: () => Promise<MetricsAnswer> };
}) {
  const [range, setRange] = useState<Range>("1h");
  const asked = useQuery({
    ...query(range),
    placeholderData: keepPreviousData,
  } as UseQueryOptions<MetricsAnswer>);
  const answer = asked.data;
  return (
    <Panel
      title={text.fleet.overTime}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={text.fleet.overTime}
          data={RANGES}
          value={range}
          onChange={(chosen) => setRange(chosen as Range)}
        />
      }
    >
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
      {answer && (
        <div className="charts">
          <Chart
            title={text.fleet.cpu}
            timestamps={answer.timestamps}
            format={percentText}
            max={100}
            lines={[{ label: text.fleet.cpu, values: valuesOf(answer, "cpu") }]}
          />
          <Chart
            title={text.fleet.memory}
            timestamps={answer.timestamps}
            format={percentText}
            max={100}
            lines={[{ label: text.fleet.memory, values: valuesOf(answer, "memory_used", "memory_total") }]}
          />
          <Chart
            title={text.fleet.disk}
            timestamps={answer.timestamps}
            format={percentText}
            max={100}
            lines={[{ label: text.fleet.disk, values: valuesOf(answer, "disk_used", "disk_total") }]}
          />
          <Chart
            title={text.fleet.network}
            timestamps={answer.timestamps}
            format={bytesPerSecond}
            unit="bytes"
            lines={[
              { label: text.fleet.received, values: valuesOf(answer, "network_rx") },
              { label: text.fleet.sent, values: valuesOf(answer, "network_tx") },
            ]}
          />
        </div>
      )}
    </Panel>
  );
}
