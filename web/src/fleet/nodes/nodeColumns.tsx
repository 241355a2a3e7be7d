import type { Column } from "../../components/collection/CollectionTable";
import { Labels } from "../../components/Labels";
import { Meter } from "../../components/Meter";
import { bytes, percent } from "../../components/quantity";
import { Status } from "../../components/Status";
import { exact } from "../../components/time";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import { AgentVersion } from "./AgentVersion";
import { isConnected, type Node } from "./requests";

export const nodeColumns: Column<Node>[] = [
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
    sort: "cpu",
    down: true,
    from: "sm",
    width: "7rem",
    cell: (node) =>
      // Nothing, rather than 0 %, before the first measurement.
      isConnected(node) && node.metrics.memory_total_bytes ? (
        <Meter value={node.metrics.cpu_percent ?? 0} label={text.nodes.cpu} />
      ) : null,
  },
  {
    key: "memory",
    header: text.nodes.memory,
    sort: "memory",
    down: true,
    from: "sm",
    width: "7rem",
    cell: (node) =>
      share({
        node,
        used: node.metrics.memory_used_bytes,
        total: node.metrics.memory_total_bytes,
        label: text.nodes.memory,
      }),
  },
  {
    key: "disk",
    header: text.nodes.disk,
    sort: "disk",
    down: true,
    from: "lg",
    width: "7rem",
    cell: (node) =>
      share({
        node,
        used: node.metrics.disk_used_bytes,
        total: node.metrics.disk_total_bytes,
        label: text.nodes.disk,
      }),
  },
  {
    key: "labels",
    header: text.nodes.labels,
    from: "lg",
    cell: (node) => <Labels labels={node.labels} oneLine list="/nodes" />,
  },
  {
    key: "version",
    header: text.nodes.agentVersion,
    sort: "version",
    from: "lg",
    width: "6.5rem",
    cell: (node) => <AgentVersion node={node} />,
  },
  {
    key: "os",
    header: text.nodes.os,
    sort: "os",
    optional: true,
    width: "12rem",
    cell: ({ facts }) => <span title={facts.os}>{facts.os}</span>,
  },
  {
    key: "kernel",
    header: text.nodes.kernel,
    optional: true,
    width: "9rem",
    cell: ({ facts }) => <span className="mono">{facts.kernel}</span>,
  },
  {
    key: "workspace",
    header: text.common.workspace,
    optional: true,
    width: "10rem",
    cell: (node) => node.workspace,
  },
  {
    key: "description",
    header: text.common.description,
    optional: true,
    width: "14rem",
    cell: (node) => <span title={node.description}>{node.description}</span>,
  },
  {
    key: "joined",
    header: text.nodes.joinedAt,
    sort: "created_at",
    down: true,
    optional: true,
    width: "8rem",
    cell: (node) => <When at={node.created_at} />,
  },
  {
    key: "seen",
    header: text.nodes.lastSeen,
    sort: "last_seen_at",
    down: true,
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

interface Share {
  node: Node;
  /** Bytes. */
  used: number | undefined;
  total: number | undefined;
  label: string;
}

function share({ node, used = 0, total = 0, label }: Share) {
  if (!isConnected(node) || total === 0) return null;
  return <Meter value={percent(used, total)} label={label} detail={`${bytes(used)} / ${bytes(total)}`} />;
}
