import { Button } from "@mantine/core";
import { useAccess } from "../../access/useAccess";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { servedBy, whatIn } from "./progress";
import { type Deployment, deployments } from "./requests";

const words = text.deployments;

const columns: Column<Deployment>[] = [
  { key: "what", header: words.what, link: true, cell: ({ objects }) => whatIn(objects) },
  { key: "state", header: text.common.state, width: "8rem", cell: ({ state }) => <Status state={state} /> },
  {
    key: "edges",
    header: words.edges,
    from: "sm",
    width: "9rem",
    cell: (row) => words.served(servedBy(row), row.nodes.length),
  },
  {
    key: "workspace",
    header: text.common.workspace,
    from: "lg",
    width: "12rem",
    cell: (row) => row.workspace,
  },
  { key: "by", header: words.by, from: "md", width: "8rem", cell: (row) => row.created_by },
  {
    key: "at",
    header: words.at,
    from: "sm",
    width: "8rem",
    cell: (row) => <When at={row.created_at} />,
  },
];

export function DeploymentsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  return (
    <CollectionPage
      of={deployments}
      texts={words}
      filters={useFilters()}
      query={{ workspace }}
      columns={columns}
      create={
        access.somewhere("config:deploy") && (
          <Button component={PageLink} to="/deployments/new">
            {words.create}
          </Button>
        )
      }
    />
  );
}
