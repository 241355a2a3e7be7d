import { Group } from "@mantine/core";
import { PageLink } from "../../components/PageLink";
import { PeriodPicker } from "../../components/period/PeriodPicker";
import { CHART_RANGES, useChartRange } from "../../fleet/metrics";
import { text } from "../../text/edge";
import { TrafficView } from "./TrafficView";

/** What was asked of one virtual host, on its page. */
export function HostTraffic({ id }: { id: string }) {
  const { range, setRange } = useChartRange();
  return (
    <>
      <Group justify="space-between">
        <PeriodPicker value={range} onChange={setRange} presets={CHART_RANGES} />
        <PageLink to="/access-logs" search={{ virtual_host: id, range }} className="text-link">
          {text.accessLogs.traffic.all}
        </PageLink>
      </Group>
      <TrafficView filter={{ virtual_host: id }} range={range} />
    </>
  );
}
