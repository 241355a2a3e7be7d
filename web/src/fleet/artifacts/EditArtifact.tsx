import { useForm } from "@mantine/form";
import { trimmed } from "../../components/form";
import { DescriptionField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { labelChanges, labelText, parseLabels } from "../../components/labelText";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/fleet";
import { type Artifact, artifacts } from "./requests";

/** Description and labels: nothing else of it ever changes. */
export function EditArtifact(props: { artifact: Artifact; tag: string; close: () => void }) {
  const { artifact, tag, close } = props;
  const form = useForm({
    initialValues: { description: artifact.description, labels: labelText(artifact.labels) },
  });
  const { labels, wrong } = parseLabels(form.values.labels);
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={wrong.length > 0}
      onDone={close}
      submit={() => {
        const { description } = trimmed(form.values);
        const changes = { description, labels: labelChanges(artifact.labels, labels) };
        return artifacts.change(artifact.id, changes, tag);
      }}
    >
      <DescriptionField {...form.getInputProps("description")} />
      <LabelsField {...form.getInputProps("labels")} value={form.values.labels} />
    </SendForm>
  );
}
