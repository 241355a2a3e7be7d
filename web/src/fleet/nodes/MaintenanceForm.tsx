import { Select, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { Schema } from "../../api/types";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";

const HOUR_MS = 3_600_000;
const LENGTHS = Object.keys(text.maintenance.lengths).sort((one, other) => Number(one) - Number(other));
const KEEP = "keep";

interface MaintenanceFormProps {
  /** Of a node that is in maintenance already. */
  present?: { reason: string; until: string | null };
  /** Names of the nodes that it is about. */
  names?: string;
  submit: (patch: Schema<"NodePatch">) => Promise<unknown>;
  close: () => void;
}

/** Why nodes are in maintenance, and when that ends by itself. */
export function MaintenanceForm({ present, names, submit, close }: MaintenanceFormProps) {
  const keeps = present?.until != null;
  const form = useForm({
    initialValues: { maintenance_reason: present?.reason ?? "", hours: keeps ? KEEP : "" },
  });
  const lengths = LENGTHS.map((value) => ({
    value,
    label: text.maintenance.lengths[value as keyof typeof text.maintenance.lengths],
  }));
  return (
    <SendForm
      form={form}
      submitLabel={present ? text.common.save : text.maintenance.start}
      submit={() => submit(patchOf(form.values.maintenance_reason, form.values.hours, new Date()))}
      onDone={close}
    >
      <Text size="sm">{text.maintenance.text}</Text>
      {names && (
        <Text size="sm" className="mono" lineClamp={3}>
          {names}
        </Text>
      )}
      <TextInput
        label={text.maintenance.reason}
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("maintenance_reason")}
      />
      <Select
        label={text.maintenance.length}
        data={keeps ? [{ value: KEEP, label: text.maintenance.keepEnd }, ...lengths] : lengths}
        allowDeselect={false}
        {...form.getInputProps("hours")}
      />
    </SendForm>
  );
}

/** `hours`: from now on; "": no end; "keep": as it is. */
export function patchOf(reason: string, hours: string, now: Date): Schema<"NodePatch"> {
  const started = { maintenance: true, maintenance_reason: reason.trim() };
  if (hours === KEEP) return started;
  if (hours === "") return { ...started, maintenance_until: "" };
  return { ...started, maintenance_until: new Date(now.getTime() + Number(hours) * HOUR_MS).toISOString() };
}
