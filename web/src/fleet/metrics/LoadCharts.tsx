import { SegmentedControl, Skeleton } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Chart } from "../../components/Chart";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { bytesPerSecond, percentText } from "../../components/quantity";
import { text } from "../../text/fleet";
import { type MetricsQuery, type Range, valuesOf } from "./requests";

const RANGES = [
  { value: "1h", label: text.metrics.range1h },
  { value: "24h", label: text.metrics.range24h },
  { value: "30d", label: text.metrics.range30d },
];

/** Processor, memory, disk and network over the last hour, day or month. */
export function LoadCharts({ query }: { query: (range: Range) => MetricsQuery }) {
  const [range, setRange] = useState<Range>("1h");
  const metrics = useQuery({ ...query(range), placeholderData: keepPreviousData });
  const answer = metrics.data;
  return (
    <Panel
      title={text.metrics.overTime}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={text.metrics.overTime}
          data={RANGES}
          value={range}
          onChange={(chosen) => setRange(chosen as Range)}
        />
      }
    >
      {metrics.isError && <Failure error={metrics.error} onRetry={() => void metrics.refetch()} />}
      {metrics.isPending && <Skeletons />}
      {answer && (
        <div className="charts">
          <Chart
            title={text.metrics.cpu}
            timestamps={answer.timestamps}
            format={percentText}
            max={100}
            lines={[{ label: text.metrics.cpu, values: valuesOf(answer, "cpu") }]}
          />
          <Chart
            title={text.metrics.memory}
            timestamps={answer.timestamps}
            format={percentText}
            max={100}
            lines={[{ label: text.metrics.memory, values: valuesOf(answer, "memory_used", "memory_total") }]}
          />
          <Chart
            title={text.metrics.disk}
            timestamps={answer.timestamps}
            format={percentText}
            max={100}
            lines={[{ label: text.metrics.disk, values: valuesOf(answer, "disk_used", "disk_total") }]}
          />
          <Chart
            title={text.metrics.network}
            timestamps={answer.timestamps}
            format={bytesPerSecond}
            unit="bytes"
            lines={[
              { label: text.metrics.received, values: valuesOf(answer, "network_rx") },
              { label: text.metrics.sent, values: valuesOf(answer, "network_tx") },
            ]}
          />
        </div>
      )}
    </Panel>
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
