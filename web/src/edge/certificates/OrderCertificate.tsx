import { Select, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useCreate } from "../../components/collection/changes";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { parseLabels } from "../../components/labelText";
import { SendForm } from "../../components/SendForm";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text/edge";
import { certificates, orderCertificate } from "./requests";

const words = text.certificates;

export function OrderCertificate({ workspace, close }: { workspace: string; close: () => void }) {
  const workspaces = useWorkspaceNames("certificate:write");
  const form = useForm({
    initialValues: { name: "", domains: "", keyType: "ecdsa", description: "", workspace, labels: "" },
  });
  const create = useCreate({ name: certificates.name, create: orderCertificate }, ({ name }) =>
    words.ordered(name),
  );
  const { labels, wrong } = parseLabels(form.values.labels);
  const domains = form.values.domains.split(/[\s,]+/).filter(Boolean);
  const { name, description, workspace: chosen } = trimmed(form.values);
  return (
    <SendForm
      form={form}
      submitLabel={words.orderNow}
      disabled={!name || domains.length === 0 || wrong.length > 0 || (workspaces.length > 1 && !chosen)}
      onDone={close}
      submit={() =>
        create({
          name,
          domains,
          challenge: "http-01",
          key_type: form.values.keyType === "rsa" ? "rsa" : "ecdsa",
          description,
          labels,
          workspace: chosen,
        })
      }
    >
      <Text size="sm" className="quiet">
        {words.orderText}
      </Text>
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      {workspaces.length > 1 && (
        <WorkspaceChoice
          permission="certificate:write"
          label={text.common.workspace}
          required
          {...form.getInputProps("workspace")}
        />
      )}
      <Textarea
        label={words.domains}
        description={words.domainsHelp}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        required
        withAsterisk={false}
        {...form.getInputProps("domains")}
      />
      <Select
        label={words.keyType}
        data={[
          { value: "ecdsa", label: words.keyTypes.ecdsa },
          { value: "rsa", label: words.keyTypes.rsa },
        ]}
        allowDeselect={false}
        {...form.getInputProps("keyType")}
      />
      <DescriptionField {...form.getInputProps("description")} />
      <LabelsField {...form.getInputProps("labels")} value={form.values.labels} />
    </SendForm>
  );
}
