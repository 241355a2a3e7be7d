import { useForm } from "@mantine/form";
import { useCreate } from "../../components/collection/changes";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { parseLabels } from "../../components/labelText";
import { SendForm } from "../../components/SendForm";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text/trust";
import { secrets } from "./requests";
import { NO_VALUE } from "./secretValue";
import { ValueField } from "./ValueField";

export function NewSecret({ workspace, close }: { workspace: string; close: () => void }) {
  const workspaces = useWorkspaceNames("secret:write");
  const form = useForm({
    initialValues: { name: "", description: "", workspace, labels: "", value: NO_VALUE },
  });
  const create = useCreate(secrets, ({ name }) => text.secrets.created(name));
  const { labels, wrong } = parseLabels(form.values.labels);
  const { value, encoding } = form.values.value;
  return (
    <SendForm
      form={form}
      submitLabel={text.common.create}
      disabled={
        !form.values.name.trim() ||
        !value ||
        wrong.length > 0 ||
        (workspaces.length > 1 && !form.values.workspace)
      }
      onDone={close}
      submit={() => create({ ...trimmed(form.values), labels, value, encoding })}
    >
      <NameField
        description={text.secrets.nameHelp}
        required
        withAsterisk={false}
        {...form.getInputProps("name")}
      />
      {workspaces.length > 1 && (
        <WorkspaceChoice
          permission="secret:write"
          label={text.common.workspace}
          required
          {...form.getInputProps("workspace")}
        />
      )}
      <ValueField value={form.values.value} onChange={(chosen) => form.setFieldValue("value", chosen)} />
      <DescriptionField {...form.getInputProps("description")} />
      <LabelsField {...form.getInputProps("labels")} value={form.values.labels} />
    </SendForm>
  );
}
