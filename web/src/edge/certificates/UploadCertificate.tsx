import { useForm } from "@mantine/form";
import { useCreate } from "../../components/collection/changes";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { parseLabels } from "../../components/labelText";
import { SendForm } from "../../components/SendForm";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text/edge";
import { NO_PEM, PemFields } from "./PemFields";
import { certificates } from "./requests";

const words = text.certificates;

export function UploadCertificate({ workspace, close }: { workspace: string; close: () => void }) {
  const workspaces = useWorkspaceNames("certificate:write");
  const form = useForm({
    initialValues: { name: "", description: "", workspace, labels: "", pem: NO_PEM },
  });
  const create = useCreate(certificates, ({ name }) => words.uploaded(name));
  const { labels, wrong } = parseLabels(form.values.labels);
  const { chain, privateKey } = form.values.pem;
  const { name, description, workspace: chosen } = trimmed(form.values);
  return (
    <SendForm
      form={form}
      submitLabel={words.uploadNow}
      disabled={!name || !chain || !privateKey || wrong.length > 0 || (workspaces.length > 1 && !chosen)}
      onDone={close}
      submit={() => create({ name, chain, private_key: privateKey, description, labels, workspace: chosen })}
    >
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      {workspaces.length > 1 && (
        <WorkspaceChoice
          permission="certificate:write"
          label={text.common.workspace}
          required
          {...form.getInputProps("workspace")}
        />
      )}
      <PemFields
        value={form.values.pem}
        onChange={(pem) => form.setFieldValue("pem", pem)}
        errors={form.errors}
      />
      <DescriptionField {...form.getInputProps("description")} />
      <LabelsField {...form.getInputProps("labels")} value={form.values.labels} />
    </SendForm>
  );
}
