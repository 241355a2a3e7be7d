import { Badge, Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { CollectionPage } from "../../components/collection/CollectionPage";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { PageLink } from "../../components/PageLink";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { listColumns } from "../objects/listColumns";
import { type Template, templates } from "../objects/requests";

const columns = listColumns<Template>("/templates", [
  {
    key: "description",
    header: text.common.description,
    from: "sm",
    cell: (template) => template.description,
  },
  {
    key: "built_in",
    header: "",
    width: "6rem",
    cell: (template) =>
      template.built_in && (
        <Badge variant="default" tt="none">
          {text.templates.builtIn}
        </Badge>
      ),
  },
]);

export function TemplatesPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("search", "label", "sort");
  const { label, sort } = filters.values;
  return (
    <CollectionPage
      of={templates}
      texts={text.templates}
      filters={filters}
      query={{ label, sort, workspace }}
      wordsOf={(template) => [template.name, template.description]}
      columns={columns}
      create={
        access.somewhere("config:write") && (
          <Button component={PageLink} to="/templates/new" leftSection={<IconPlus size={15} />}>
            {text.templates.create}
          </Button>
        )
      }
      toolbar={<LabelFilter filters={filters} list={templates.name} />}
    />
  );
}
