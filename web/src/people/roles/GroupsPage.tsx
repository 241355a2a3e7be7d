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
import { OrganizationChoice } from "../choices";
import { type Group, groups } from "./requests";

const columns: Column<Group>[] = [
  { key: "name", header: text.common.name, sort: "name", link: true, cell: (group) => group.name },
  { key: "organization", header: text.common.organization, cell: (group) => group.organization },
  { key: "members", header: text.groups.members, width: "7rem", cell: (group) => group.members },
  {
    key: "description",
    header: text.common.description,
    from: "md",
    cell: (group) => <span className="quiet">{group.description}</span>,
  },
  {
    key: "created",
    header: text.common.created,
    sort: "created_at",
    from: "sm",
    width: "8rem",
    cell: (group) => <When at={group.created_at} />,
  },
];

export function GroupsPage() {
  const access = useAccess();
  return (
    <CollectionPage
      of={groups}
      texts={text.groups}
      filters={useFilters("search", "sort")}
      wordsOf={(group) => [group.name, group.description, group.organization]}
      columns={columns}
      create={
        access.somewhere("group:write") && (
          <CreateButton label={text.groups.create}>{(close) => <NewGroup close={close} />}</CreateButton>
        )
      }
    />
  );
}

function NewGroup({ close }: { close: () => void }) {
  const form = useForm({ initialValues: { name: "", description: "", organization: "" } });
  const create = useCreate(groups, ({ name }) => text.groups.created(name));
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
      <OrganizationChoice
        permission="group:write"
        label={text.common.organization}
        {...form.getInputProps("organization")}
      />
    </SendForm>
  );
}
