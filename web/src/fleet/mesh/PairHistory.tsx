import { Stack, Text } from "@mantine/core";
import { Chart } from "../../components/Chart";
import { Loaded } from "../../components/Loaded";
import { percentText } from "../../components/quantity";
import { text } from "../../text/fleet";
import { type History, historyQuery } from "./requests";

/** How long packets took between two nodes, and how many were lost, in the last 24 hours. */
export function PairHistory({ from, to }: { from: string; to: string }) {
  return <Loaded query={historyQuery(from, to)}>{(history) => <Charts {...history} />}</Loaded>;
}

function Charts({ timestamps, ways }: History) {
  if (ways.every(({ sent }) => sent.every((number) => number === 0))) {
    return (
      <Text size="sm" className="quiet">
        {text.mesh.nothingMeasured}
      </Text>
    );
  }
  const label = (from: string, to: string) => `${from} → ${to}`;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {text.mesh.lastDay}
      </Text>
      <Chart
        title={text.mesh.rtt}
        timestamps={timestamps}
        format={text.mesh.ms}
        lines={ways.map((way) => ({ label: label(way.from, way.to), values: way.rtt_ms }))}
      />
      <Chart
        title={text.mesh.loss}
        timestamps={timestamps}
        format={percentText}
        max={100}
        lines={ways.map((way) => ({ label: label(way.from, way.to), values: way.loss_percent }))}
      />
    </Stack>
  );
}
