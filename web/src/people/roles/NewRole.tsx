import { useForm } from "@mantine/form";
import type { Permission } from "../../api/types";
import { useCreate } from "../../components/collection/changes";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { OrganizationChoice } from "../choices";
import { PermissionMatrix } from "./PermissionMatrix";
import { roles } from "./requests";

/** A role, empty or as a copy of another. */
export function NewRole(props: { name: string; permissions: readonly Permission[]; close: () => void }) {
  const form = useForm({
    initialValues: {
      name: props.name,
      organization: "",
      description: "",
      permissions: [...props.permissions],
    },
  });
  const create = useCreate(roles, ({ name }) => text.roles.created(name));
  return (
    <SendForm
      form={form}
      submitLabel={text.common.create}
      disabled={!form.values.name.trim() || form.values.permissions.length === 0}
      onDone={props.close}
      submit={() => create(trimmed(form.values))}
    >
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      <DescriptionField {...form.getInputProps("description")} />
      <OrganizationChoice
        permission="role:write"
        label={text.common.organization}
        description={text.roles.organizationHelp}
        {...form.getInputProps("organization")}
      />
      <PermissionMatrix
        held={new Set(form.values.permissions)}
        onChange={(held) => form.setFieldValue("permissions", [...held])}
      />
    </SendForm>
  );
}
