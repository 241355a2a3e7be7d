import { Field, Fields } from "../../components/Fields";
import { Meter } from "../../components/Meter";
import { Panel } from "../../components/PageFrame";
import { bytes, percent } from "../../components/quantity";
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
        {(facts.disks ?? []).map((disk) => (
          <Field key={disk.mount} name={`${text.nodes.disk} ${disk.mount}`}>
            <Meter
              value={percent(disk.used_bytes, disk.total_bytes)}
              label={`${text.nodes.disk} ${disk.mount}`}
              detail={`${bytes(disk.used_bytes)} / ${bytes(disk.total_bytes)} (${disk.filesystem})`}
            />
          </Field>
        ))}
      </Fields>
    </Panel>
  );
}
