import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { CollectionTable } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { FilterSelect, SearchField, Toolbar } from "../../components/collection/Toolbar";
import { useSelection } from "../../components/collection/useSelection";
import { Empty } from "../../components/Empty";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { BulkActions } from "./BulkActions";
import { nodeColumns } from "./nodeColumns";
import { NODE_STATES, type Node, nodeFiltersQuery, nodes } from "./requests";
import { OUTDATED, VersionFilters } from "./VersionFilters";

export function NodesPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("state", "search", "label", "approval", "version", "os", "sort");
  const { state, search, label, approval, version, os, sort } = filters.values;
  const query = {
    state: state as Node["state"] | "",
    search,
    label,
    approval: approval as Node["approval"] | "",
    ...(version === OUTDATED ? { outdated: true } : { version }),
    os,
    sort,
    workspace,
  };
  const { data: known } = useQuery(nodeFiltersQuery(workspace));
  const { chosen, total, select, all, clear } = useSelection(nodes, query);
  const join = access.somewhere("agent:write") && (
    <Button component={PageLink} to="/nodes/join" leftSection={<IconPlus size={15} />}>
      {text.nodes.join}
    </Button>
  );
  return (
    <PageFrame title={text.nodes.title} actions={join}>
      <Panel flush>
        <Toolbar
          filters={filters}
          selection={{
            count: chosen.size,
            total,
            all,
            clear,
            actions: <BulkActions nodes={[...chosen.values()]} onDeleted={clear} />,
          }}
        >
          <SearchField
            value={search}
            onChange={(words) => filters.set({ search: words })}
            placeholder={text.nodes.search}
          />
          <FilterSelect
            filters={filters}
            name="state"
            label={text.common.state}
            any={text.nodes.anyState}
            width={150}
            data={NODE_STATES}
          />
          <LabelFilter filters={filters} list={nodes.name} known={known?.labels.map(({ label }) => label)} />
          <VersionFilters filters={filters} known={known} />
        </Toolbar>
        <CollectionTable
          of={nodes}
          views
          label={text.nodes.title}
          columns={nodeColumns}
          query={query}
          onSort={(by) => filters.set({ sort: by })}
          selected={new Set(chosen.keys())}
          onSelect={select}
          filtered={filters.active}
          empty={
            <Empty title={text.nodes.emptyTitle} action={join}>
              {text.nodes.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
