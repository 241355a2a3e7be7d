import { Button, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Node } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { Labels } from "../../components/Labels";
import { Meter } from "../../components/Meter";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { bytes, percent } from "../../components/quantity";
import { Status } from "../../components/Status";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { BulkActions } from "./BulkActions";
import { listNodes } from "./requests";

const STATES = ["Online", "Degraded", "Offline", "Maintenance", "Pending"];
const heard = (node: Node) =>
  node.state === "Online" || node.state === "Degraded" || node.state === "Maintenance";

const columns: Column<Node>[] = [
  {
    key: "name",
    header: text.common.name,
    sort: "name",
    cell: (node) => (
      <Link to="/nodes/$node" params={{ node: node.id }} className="row-link">
        {node.name}
      </Link>
    ),
  },
  {
    key: "state",
    header: text.common.state,
    sort: "state",
    width: "9rem",
    cell: (node) =>
      node.approval === "waiting" ? (
        <Status state="waiting" word={text.nodes.waitingOnly} />
      ) : (
        <Status state={node.state} />
      ),
  },
  {
    key: "address",
    header: text.nodes.address,
    from: "md",
    width: "9.5rem",
    cell: (node) => <span className="mono">{node.overlay_ip ?? node.public_ip ?? ""}</span>,
  },
  {
    key: "cpu",
    header: text.nodes.cpu,
    from: "sm",
    width: "9rem",
    cell: (node) =>
      heard(node) ? <Meter value={node.metrics.cpu_percent ?? 0} label={text.nodes.cpu} /> : null,
  },
  {
    key: "memory",
    header: text.nodes.memory,
    from: "sm",
    width: "9rem",
    cell: (node) => (
      <Share node={node} used="memory_used_bytes" total="memory_total_bytes" label={text.nodes.memory} />
    ),
  },
  {
    key: "disk",
    header: text.nodes.disk,
    from: "lg",
    width: "9rem",
    cell: (node) => (
      <Share node={node} used="disk_used_bytes" total="disk_total_bytes" label={text.nodes.disk} />
    ),
  },
  {
    key: "labels",
    header: text.nodes.labels,
    from: "lg",
    cell: (node) => <Labels labels={node.labels} oneLine />,
  },
  {
    key: "seen",
    header: text.nodes.lastSeen,
    sort: "last_seen_at",
    from: "md",
    width: "9rem",
    cell: (node) => <When at={node.last_seen_at} />,
  },
];

function Share(given: {
  node: Node;
  used: "memory_used_bytes" | "disk_used_bytes";
  total: "memory_total_bytes" | "disk_total_bytes";
  label: string;
}) {
  const used = given.node.metrics[given.used] ?? 0;
  const total = given.node.metrics[given.total] ?? 0;
  if (!heard(given.node) || total === 0) return null;
  return (
    <Meter value={percent(used, total)} label={given.label} detail={`${bytes(used)} / ${bytes(total)}`} />
  );
}

export function NodesPage() {
  const access = useAccess();
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const { filters, set, filtered, clear } = useFilters("state", "search", "label", "approval", "sort");
  const [chosen, setChosen] = useState<Map<string, Node>>(new Map());
  const asked = { ...filters, workspace };
  const join = (
    <Button component={PageLink} to="/nodes/join" leftSection={<IconPlus size={15} />}>
      {text.nodes.join}
    </Button>
  );
  return (
    <PageFrame title={text.nodes.title} actions={access.somewhere("agent:write") && join}>
      <Panel flush>
        <Toolbar
          filtered={filtered}
          onClear={clear}
          chosen={chosen.size}
          onUnchoose={() => setChosen(new Map())}
          actions={<BulkActions nodes={[...chosen.values()]} onDone={() => setChosen(new Map())} />}
        >
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.nodes.search}
          />
          <Select
            size="xs"
            w={150}
            aria-label={text.common.state}
            placeholder={text.nodes.anyState}
            clearable
            data={STATES}
            value={filters.state || null}
            onChange={(state) => set({ state: state ?? "" })}
          />
          <SearchField
            value={filters.label}
            onChange={(label) => set({ label })}
            placeholder={`${text.nodes.label}: ${text.nodes.labelHelp}`}
          />
        </Toolbar>
        <DataTable
          label={text.nodes.title}
          columns={columns}
          rowId={(node) => node.id}
          rowName={(node) => node.name}
          queryKey={["nodes", "list", asked]}
          load={(page, perPage) => listNodes(asked, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          onOpen={(node) => void navigate({ to: "/nodes/$node", params: { node: node.id } })}
          selected={new Set(chosen.keys())}
          onSelect={(ids, rows) => {
            const known = [...chosen.values(), ...rows].filter(({ id }) => ids.has(id));
            setChosen(new Map(known.map((node) => [node.id, node])));
          }}
          filtered={filtered}
          empty={
            <Empty title={text.nodes.emptyTitle} action={access.somewhere("agent:write") && join}>
              {text.nodes.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
