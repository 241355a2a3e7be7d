import { useForm } from "@mantine/form";
import { changedFields } from "../../components/form";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/edge";
import { type EdgeDetails, edges } from "./requests";
import { SettingsFields, settingsBody, settingsOf } from "./SettingsFields";

/** How an edge is set anew. */
export function EditEdge({ edge, tag, close }: { edge: EdgeDetails; tag: string; close: () => void }) {
  const before = settingsOf(edge);
  const form = useForm({ initialValues: before });
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      submit={async () => {
        await edges.change(edge.node_id, changedFields(settingsBody(before), settingsBody(form.values)), tag);
        notifyDone(text.edges.settingsSaved(edge.node));
      }}
      onDone={close}
    >
      <SettingsFields form={form} />
    </SendForm>
  );
}
