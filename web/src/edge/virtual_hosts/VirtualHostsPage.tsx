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
import { type VirtualHost, virtualHosts } from "../objects/requests";

const columns = listColumns<VirtualHost>("/virtual-hosts", [
  {
    key: "domains",
    header: text.virtualHosts.domains,
    cell: (host) => (
      <span className="mono">{host.server_name.map((name) => address(name, host)).join(", ")}</span>
    ),
  },
]);

/** As a browser is given it. */
function address(name: string, { ssl_enabled: tls, listen_port: port }: VirtualHost): string {
  const usual = tls ? 443 : 80;
  return `${tls ? "https" : "http"}://${name}${port === usual ? "" : `:${port}`}`;
}

export function VirtualHostsPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("search", "label", "sort");
  const { label, sort } = filters.values;
  return (
    <CollectionPage
      of={virtualHosts}
      texts={text.virtualHosts}
      filters={filters}
      query={{ label, sort, workspace }}
      wordsOf={(host) => [host.name, host.description, ...host.server_name]}
      columns={columns}
      create={
        access.somewhere("config:write") && (
          <Button component={PageLink} to="/virtual-hosts/new" leftSection={<IconPlus size={15} />}>
            {text.virtualHosts.create}
          </Button>
        )
      }
      toolbar={<LabelFilter filters={filters} list={virtualHosts.name} />}
    />
  );
}
