import { Field, Fields } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { bytes } from "../../components/quantity";
import { text } from "../../text/fleet";
import type { Node } from "./requests";

/** What the machine is, as its agent reported. */
export function MachineFacts({ node }: { node: Node }) {
  const { facts } = node;
  return (
    <Panel title={text.nodes.facts}>
      <Fields>
        <Field name={text.nodes.os}>{facts.os || text.common.unknown}</Field>
        <Field name={text.nodes.kernel}>
          <span className="mono">{facts.kernel || text.common.unknown}</span>
        </Field>
        <Field name={text.nodes.architecture}>
          <span className="mono">{facts.architecture || text.common.unknown}</span>
        </Field>
        <Field name={text.nodes.cpuModel}>
          {[facts.cpu_model, facts.cpu_count ? text.nodes.cpus(facts.cpu_count) : ""]
            .filter(Boolean)
            .join(", ")}
        </Field>
        <Field name={text.nodes.ram}>{bytes(facts.memory_bytes ?? 0)}</Field>
        <Field name={text.nodes.mode}>{node.deployment_mode}</Field>
        {(facts.gpus ?? []).map((gpu) => (
          <Field key={gpu.uuid} name={`${text.nodes.gpus} ${gpu.index}`}>
            {gpu.model}, {bytes(gpu.memory_bytes)}
          </Field>
        ))}
        {node.capabilities.length > 0 && (
          <Field name={text.nodes.capabilities}>{node.capabilities.join(", ")}</Field>
        )}
      </Fields>
    </Panel>
  );
}
