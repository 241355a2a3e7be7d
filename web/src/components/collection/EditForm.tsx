import { useForm } from "@mantine/form";
import { text } from "../../text";
import { changedFields, trimmed } from "../form";
import { DescriptionField, NameField } from "../formFields";
import { SendForm } from "../SendForm";

interface Described {
  id: string;
  name: string;
  description: string;
}

interface EditFormProps {
  of: { change(id: string, body: { name?: string; description?: string }, tag: string): Promise<unknown> };
  resource: Described;
  tag: string;
  close: () => void;
  /** Said once the name is another. */
  renameHelp?: string;
}

/** Name and description of a resource anew. */
export function EditForm({ of, resource, tag, close, renameHelp }: EditFormProps) {
  const before = { name: resource.name, description: resource.description };
  const form = useForm({ initialValues: before });
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!form.values.name.trim()}
      onDone={close}
      submit={() => of.change(resource.id, changedFields(before, trimmed(form.values)), tag)}
    >
      <NameField
        description={form.isDirty("name") ? renameHelp : undefined}
        {...form.getInputProps("name")}
      />
      <DescriptionField {...form.getInputProps("description")} />
    </SendForm>
  );
}
