import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { Labels } from "../../components/Labels";
import { bytes } from "../../components/quantity";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { type Artifact, artifacts } from "./requests";
import { UploadArtifact } from "./UploadArtifact";

const columns: Column<Artifact>[] = [
  { key: "name", header: text.common.name, sort: "name", link: true, cell: (artifact) => artifact.name },
  {
    key: "version",
    header: text.artifacts.version,
    sort: "version",
    width: "9rem",
    cell: (artifact) => <span className="mono">{artifact.version}</span>,
  },
  { key: "cpu", header: text.artifacts.cpu, from: "sm", width: "6rem", cell: (artifact) => artifact.cpu },
  {
    key: "size",
    header: text.artifacts.size,
    sort: "size",
    from: "sm",
    width: "7rem",
    cell: (artifact) => bytes(artifact.size),
  },
  {
    key: "state",
    header: text.common.state,
    from: "md",
    width: "7rem",
    cell: (artifact) => <Condition artifact={artifact} />,
  },
  {
    key: "labels",
    header: text.common.labels,
    from: "lg",
    cell: (artifact) => <Labels labels={artifact.labels} oneLine list="/artifacts" />,
  },
  {
    key: "workspace",
    header: text.common.workspace,
    from: "lg",
    width: "12rem",
    cell: (artifact) => artifact.workspace,
  },
  {
    key: "created",
    header: text.common.created,
    sort: "created_at",
    from: "sm",
    width: "8rem",
    cell: (artifact) => <When at={artifact.created_at} />,
  },
];

/** Whether its file on the control plane is whole. */
export function Condition({ artifact }: { artifact: Artifact }) {
  if (!artifact.damage) return <Status state="ok" word={text.artifacts.whole} />;
  return <Status state="failed" word={artifact.damage} />;
}

export function ArtifactsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("search", "label", "sort");
  const { label, sort } = filters.values;
  return (
    <CollectionPage
      of={artifacts}
      texts={text.artifacts}
      filters={filters}
      query={{ label, sort, workspace }}
      wordsOf={(artifact) => [artifact.reference, artifact.description]}
      columns={columns}
      create={
        access.somewhere("artifact:write") && (
          <CreateButton label={text.artifacts.upload}>
            {(close) => <UploadArtifact workspace={workspace} close={close} />}
          </CreateButton>
        )
      }
      toolbar={<LabelFilter filters={filters} list={artifacts.name} />}
    />
  );
}
