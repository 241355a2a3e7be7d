import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { CollectionPage } from "../../components/collection/CollectionPage";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { PageLink } from "../../components/PageLink";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { listColumns } from "../objects/listColumns";
import { type Upstream, upstreams } from "../objects/requests";
import { serverName } from "./serverName";

const columns = listColumns<Upstream>("/upstreams", [
  {
    key: "servers",
    header: text.upstreams.servers,
    cell: (upstream) => <span className="mono">{upstream.servers.map(serverName(upstream)).join(", ")}</span>,
  },
]);

export function UpstreamsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("search", "label", "sort");
  const { label, sort } = filters.values;
  return (
    <CollectionPage
      of={upstreams}
      texts={text.upstreams}
      filters={filters}
      query={{ label, sort, workspace }}
      wordsOf={(upstream) => [upstream.name, upstream.description]}
      columns={columns}
      create={
        access.somewhere("config:write") && (
          <Button component={PageLink} to="/upstreams/new" leftSection={<IconPlus size={15} />}>
            {text.upstreams.create}
          </Button>
        )
      }
      toolbar={<LabelFilter filters={filters} list={upstreams.name} />}
    />
  );
}
