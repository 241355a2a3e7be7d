import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { CollectionTable, type Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { FilterSelect, SearchField, Toolbar } from "../../components/collection/Toolbar";
import { useSelection } from "../../components/collection/useSelection";
import { Empty } from "../../components/Empty";
import { Labels } from "../../components/Labels";
import { Meter } from "../../components/Meter";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { bytes, percent } from "../../components/quantity";
import { Status } from "../../components/Status";
import { exact } from "../../components/time";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/fleet";
import { BulkActions } from "./BulkActions";
import { isConnected, NODE_STATES, type Node, nodes } from "./requests";

const columns: Column<Node>[] = [
  { key: "name", header: text.common.name, sort: "name", link: true, cell: (node) => node.name },
  {
    key: "state",
    header: text.common.state,
    sort: "state",
    width: "8.5rem",
    cell: (node) =>
      node.approval === "waiting" ? (
        <Status state="waiting" word={text.nodes.waitingOnly} />
      ) : (
        <span title={maintenanceText(node)}>
          <Status state={node.state} />
        </span>
      ),
  },
  {
    key: "address",
    header: text.nodes.address,
    from: "md",
    width: "8.5rem",
    cell: (node) => <span className="mono">{node.overlay_ip ?? node.public_ip ?? ""}</span>,
  },
  {
    key: "cpu",
    header: text.nodes.cpu,
    from: "sm",
    width: "8rem",
    cell: (node) =>
      // Nothing, rather than 0 %, before the first measurement.
      isConnected(node) && node.metrics.memory_total_bytes ? (
        <Meter value={node.metrics.cpu_percent ?? 0} label={text.nodes.cpu} />
      ) : null,
  },
  {
    key: "memory",
    header: text.nodes.memory,
    from: "sm",
    width: "8rem",
    cell: (node) => (
      <Share
        node={node}
        used={node.metrics.memory_used_bytes}
        total={node.metrics.memory_total_bytes}
        label={text.nodes.memory}
      />
    ),
  },
  {
    key: "disk",
    header: text.nodes.disk,
    from: "lg",
    width: "8rem",
    cell: (node) => (
      <Share
        node={node}
        used={node.metrics.disk_used_bytes}
        total={node.metrics.disk_total_bytes}
        label={text.nodes.disk}
      />
    ),
  },
  {
    key: "labels",
    header: text.nodes.labels,
    from: "lg",
    cell: (node) => <Labels labels={node.labels} oneLine list="/nodes" />,
  },
  {
    key: "seen",
    header: text.nodes.lastSeen,
    sort: "last_seen_at",
    from: "md",
    width: "8rem",
    cell: (node) => <When at={node.last_seen_at} />,
  },
];

/** Why a node is in maintenance, and until when. */
function maintenanceText({ maintenance }: Node): string | undefined {
  if (maintenance === null) return undefined;
  const until = maintenance.until && `${text.maintenance.until} ${exact(new Date(maintenance.until))}`;
  return [maintenance.reason, until].filter(Boolean).join(", ") || undefined;
}

interface ShareProps {
  node: Node;
  /** Bytes. */
  used: number | undefined;
  total: number | undefined;
  label: string;
}

function Share({ node, used = 0, total = 0, label }: ShareProps) {
  if (!isConnected(node) || total === 0) return null;
  return <Meter value={percent(used, total)} label={label} detail={`${bytes(used)} / ${bytes(total)}`} />;
}

export function NodesPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("state", "search", "label", "approval", "sort");
  const { state, search, label, approval, sort } = filters.values;
  const query = {
    state: state as Node["state"] | "",
    search,
    label,
    approval: approval as Node["approval"] | "",
    sort,
    workspace,
  };
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
          <LabelFilter filters={filters} list={nodes.name} />
        </Toolbar>
        <CollectionTable
          of={nodes}
          label={text.nodes.title}
          columns={columns}
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
