import { Switch } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useCreate } from "../../components/collection/changes";
import { useFilters } from "../../components/collection/filters";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { SendForm } from "../../components/SendForm";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { type Organization, organizations } from "./requests";

const columns: Column<Organization>[] = [
  { key: "name", header: text.common.name, sort: "name", link: true, cell: ({ name }) => name },
  {
    key: "description",
    header: text.common.description,
    from: "md",
    cell: ({ description }) => <span className="quiet">{description}</span>,
  },
  {
    key: "between",
    header: text.organizations.between,
    from: "sm",
    width: "11rem",
    cell: (organization) =>
      organization.cross_workspace_visibility ? (
        text.organizations.together
      ) : (
        <span className="quiet">{text.organizations.apart}</span>
      ),
  },
  {
    key: "created",
    header: text.common.created,
    sort: "created_at",
    width: "9rem",
    cell: (organization) => <When at={organization.created_at} />,
  },
];

export function OrganizationsPage() {
  const access = useAccess();
  return (
    <CollectionPage
      of={organizations}
      texts={text.organizations}
      filters={useFilters("search", "sort")}
      wordsOf={({ name, description }) => [name, description]}
      columns={columns}
      create={
        access.everywhere("organization:write") && (
          <CreateButton label={text.organizations.create}>
            {(close) => <NewOrganization close={close} />}
          </CreateButton>
        )
      }
    />
  );
}

function NewOrganization({ close }: { close: () => void }) {
  const form = useForm({ initialValues: { name: "", description: "", cross_workspace_visibility: false } });
  const create = useCreate(organizations, ({ name }) => text.organizations.created(name));
  return (
    <SendForm
      form={form}
      submitLabel={text.common.create}
      disabled={!form.values.name.trim()}
      onDone={close}
      submit={() => create(trimmed(form.values))}
    >
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      <DescriptionField {...form.getInputProps("description")} />
      <Switch
        size="xs"
        label={text.organizations.visibility}
        description={text.organizations.visibilityHelp}
        {...form.getInputProps("cross_workspace_visibility", { type: "checkbox" })}
      />
    </SendForm>
  );
}
