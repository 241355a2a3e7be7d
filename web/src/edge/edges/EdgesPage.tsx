import { useNavigate } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { PageLink } from "../../components/PageLink";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { EdgeMarks } from "./EdgeMarks";
import { NewEdge } from "./NewEdge";
import { NginxStatus } from "./NginxStatus";
import { type EdgeRow, edgeList } from "./requests";

const words = text.edges;

const columns: Column<EdgeRow>[] = [
  { key: "name", header: text.common.name, cell: (edge) => <Name edge={edge} /> },
  { key: "nginx", header: words.nginx, width: "10rem", cell: (edge) => <NginxStatus edge={edge} /> },
  {
    key: "hosts",
    header: words.hosts,
    from: "sm",
    width: "7rem",
    align: "right",
    cell: (edge) => (edge.shared ? "" : edge.deployed),
  },
  { key: "attention", header: words.attention, from: "sm", cell: (edge) => <EdgeMarks edge={edge} /> },
  {
    key: "workspace",
    header: text.common.workspace,
    from: "md",
    width: "12rem",
    cell: (edge) => edge.workspace,
  },
  {
    key: "reported",
    header: words.reported,
    from: "md",
    width: "8rem",
    cell: ({ reported_at: at }) => at && <When at={at} />,
  },
];

/** Of one that is shared with the reader there is no more to see than the row. */
function Name({ edge }: { edge: EdgeRow }) {
  if (edge.shared)
    return (
      <>
        {edge.name} <span className="quiet">{words.shared}</span>
      </>
    );
  return (
    <PageLink to={`/edges/${edge.id}`} className="row-link">
      {edge.name}
    </PageLink>
  );
}

export function EdgesPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  return (
    <CollectionPage
      of={edgeList}
      texts={words}
      filters={useFilters("search")}
      query={{ workspace }}
      wordsOf={(edge) => [edge.name, edge.nginx_version, edge.workspace]}
      columns={columns}
      onOpen={(edge) => {
        if (!edge.shared) void navigate({ to: `/edges/${edge.id}` });
      }}
      create={
        access.somewhere("agent:write") && (
          <CreateButton label={words.create}>{(close) => <NewEdge close={close} />}</CreateButton>
        )
      }
    />
  );
}
