import { Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconPoint } from "@tabler/icons-react";
import type { Schema } from "../../api/types";
import { Field, Fields } from "../../components/Fields";
import { Loaded } from "../../components/Loaded";
import { Message } from "../../components/Message";
import { PageLink } from "../../components/PageLink";
import { bytes } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import classes from "./Explanation.module.css";
import { PairHistory } from "./PairHistory";
import { type MeshNode, whyQuery } from "./requests";

/** Why two nodes reach each other or do not, as the control plane finds it now. */
export function PairExplanation({ from, to }: { from: string; to: string }) {
  return (
    <Stack gap="md">
      <Loaded query={whyQuery(from, to)}>{(explanation) => <Explanation {...explanation} />}</Loaded>
      <PairHistory from={from} to={to} />
    </Stack>
  );
}

function Explanation(explanation: Schema<"MeshExplanation">) {
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Text fw={600}>{text.mesh.pair(explanation.from, explanation.to)}</Text>
        <Status state={explanation.path} />
      </Group>
      <Text size="sm">
        <Message words={explanation.summary} />
      </Text>
      {explanation.next_step && (
        <Text size="sm">
          <strong>{text.mesh.next}:</strong> {explanation.next_step}
        </Text>
      )}
      <ul className={classes.findings}>
        {explanation.findings.map(({ ok, message }) => (
          <li key={message} data-ok={String(ok)}>
            {ok === null && <IconPoint size={15} aria-hidden />}
            {ok === true && <IconCircleCheck size={15} aria-label={text.common.yes} />}
            {ok === false && <IconCircleX size={15} aria-label={text.common.no} />}
            <span>
              <Message words={message} />
            </span>
          </li>
        ))}
      </ul>
      {explanation.pairs.map((pair) => (
        <div key={pair.from}>
          <Text size="sm" className="quiet">
            {pair.from} → {pair.to}
          </Text>
          <Fields>
            {pair.way && <Field name={text.mesh.way}>{text.mesh.ways[pair.way]}</Field>}
            {pair.endpoint && (
              <Field name={text.mesh.endpoint}>
                <span className="mono">{pair.endpoint}</span>
              </Field>
            )}
            <Field name={text.mesh.rtt}>
              {pair.rtt_ms !== null && text.mesh.ms(pair.rtt_ms)}
              {pair.rtt_ms === null && (pair.path === "idle" ? text.mesh.idleHint : text.mesh.noAnswer)}
            </Field>
            <Field name={text.mesh.handshake}>
              <When at={handshakeAt(pair)} />
            </Field>
            <Field name={text.mesh.received}>{bytes(pair.rx_bytes)}</Field>
            <Field name={text.mesh.sent}>{bytes(pair.tx_bytes)}</Field>
            <Field name={text.mesh.measured}>
              <When at={pair.measured_at} />
            </Field>
          </Fields>
        </div>
      ))}
    </Stack>
  );
}

/** Its age is that of when it was measured; null: there was none. */
function handshakeAt({ handshake_age_s: age, measured_at: at }: Schema<"MeshPair">): string | null {
  if (age === null || at === null) return null;
  return new Date(new Date(at).getTime() - age * 1000).toISOString();
}

/** One member and what it reaches. */
export function NodeExplanation({ node }: { node: MeshNode }) {
  const others = node.ways;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Text fw={600}>{node.name}</Text>
        <Status state={node.online ? "Online" : "Offline"} />
      </Group>
      <Fields>
        <Field name={text.nodes.address}>
          <span className="mono">{node.address}</span>
        </Field>
        <Field name={text.mesh.direct}>{text.mesh.of(node.direct, others)}</Field>
        {node.relayed > 0 && <Field name={text.mesh.relayed}>{text.mesh.of(node.relayed, others)}</Field>}
        {node.idle > 0 && <Field name={text.mesh.idle}>{text.mesh.of(node.idle, others)}</Field>}
        {node.down > 0 && <Field name={text.mesh.down}>{text.mesh.of(node.down, others)}</Field>}
        <Field name={text.mesh.rtt}>
          {node.rtt_ms === null ? text.mesh.noAnswer : text.mesh.ms(node.rtt_ms)}
        </Field>
        <Field name={text.mesh.measured}>
          <When at={node.measured_at} />
        </Field>
      </Fields>
      <Group>
        <Button variant="default" component={PageLink} to={`/nodes/${node.id}`}>
          {text.mesh.openNode}
        </Button>
      </Group>
    </Stack>
  );
}
