import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { Labels } from "../../components/Labels";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/trust";
import { NewSecret } from "./NewSecret";
import { type Secret, secrets } from "./requests";

const columns: Column<Secret>[] = [
  { key: "name", header: text.common.name, sort: "name", link: true, cell: (secret) => secret.name },
  {
    key: "workspace",
    header: text.common.workspace,
    from: "sm",
    width: "12rem",
    cell: (secret) => secret.workspace,
  },
  {
    key: "labels",
    header: text.common.labels,
    from: "lg",
    cell: (secret) => <Labels labels={secret.labels} oneLine list="/secrets" />,
  },
  { key: "version", header: text.secrets.version, width: "6rem", cell: (secret) => secret.version },
  {
    key: "updated",
    header: text.secrets.updated,
    sort: "updated_at",
    from: "sm",
    width: "8rem",
    cell: (secret) => <When at={secret.updated_at} />,
  },
  {
    key: "read",
    header: text.secrets.lastRead,
    sort: "last_read_at",
    from: "md",
    width: "8rem",
    cell: (secret) => <When at={secret.last_read_at} />,
  },
];

export function SecretsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("search", "label", "sort");
  const { label, sort } = filters.values;
  return (
    <CollectionPage
      of={secrets}
      texts={text.secrets}
      filters={filters}
      query={{ label, sort, workspace }}
      wordsOf={(secret) => [secret.name, secret.description]}
      columns={columns}
      create={
        access.somewhere("secret:write") && (
          <CreateButton label={text.secrets.create}>
            {(close) => <NewSecret workspace={workspace} close={close} />}
          </CreateButton>
        )
      }
      toolbar={<LabelFilter filters={filters} list={secrets.name} />}
    />
  );
}
