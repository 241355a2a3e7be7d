import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, dataOf } from "../../api/client";
import { type List, listAt } from "../../api/collection";
import type { Schema } from "../../api/types";
import { CollectionTable, type Column } from "../../components/collection/CollectionTable";
import { Empty } from "../../components/Empty";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { percentText } from "../../components/quantity";
import { Status } from "../../components/Status";
import { amount } from "../../components/time";
import { When } from "../../components/When";
import { text } from "../../text/fleet";

type Pair = Schema<"MeshPair"> & { id: string };

const CONTROL_PLANE = "control-plane";
const pairs = listAt("/api/v1/mesh/status", "mesh");
type Query = Parameters<typeof pairs.list>[0];

/** With what tells the rows apart; names are those of one workspace only. */
const links: List<Pair, Query> = {
  ...pairs,
  list: async (query) => {
    const { rows, meta } = await pairs.list(query);
    return { rows: rows.map((row, position) => ({ ...row, id: `${row.to}:${position}` })), meta };
  },
  all: (query) => ({ queryKey: [], queryFn: () => links.list(query ?? ({} as Query)) }),
};

const columns: Column<Pair>[] = [
  {
    key: "peer",
    header: text.meshLinks.peer,
    cell: ({ to }) =>
      to === CONTROL_PLANE ? (
        to
      ) : (
        <PageLink to={`/nodes/${to}`} className="row-link">
          {to}
        </PageLink>
      ),
  },
  {
    key: "way",
    header: text.meshLinks.way,
    width: "11rem",
    cell: ({ path, way, cause }) => (
      <span title={cause ? text.meshLinks.causes[cause] : undefined}>
        <Status state={path} /> {way && <span className="quiet">{text.meshLinks.ways[way]}</span>}
      </span>
    ),
  },
  {
    key: "endpoint",
    header: text.meshLinks.endpoint,
    from: "md",
    width: "13rem",
    cell: ({ endpoint }) => endpoint && <span className="mono">{endpoint}</span>,
  },
  {
    key: "latency",
    header: text.meshLinks.latency,
    width: "6rem",
    align: "right",
    cell: ({ rtt_ms: trip }) => (trip === null ? null : text.mesh.ms(trip)),
  },
  {
    key: "loss",
    header: text.meshLinks.loss,
    from: "sm",
    width: "5rem",
    align: "right",
    cell: ({ loss_percent: loss }) => (loss === null || loss === undefined ? null : percentText(loss)),
  },
  {
    key: "handshake",
    header: text.meshLinks.handshake,
    from: "lg",
    width: "8rem",
    cell: ({ handshake_age_s: age }) => (age === null ? null : text.common.ago(amount(age))),
  },
  {
    key: "measured",
    header: text.meshLinks.measured,
    from: "md",
    width: "8rem",
    cell: ({ measured_at: at }) => at && <When at={at} />,
  },
];

/** A node's ways to the others in the mesh, and which NAT is in front of it. */
export function MeshLinks({ node }: { node: Schema<"NodeView"> }) {
  return (
    <Panel
      flush
      title={text.meshLinks.title}
      aside={
        <PageLink to="/mesh" search={{ node: node.id }} className="row-link">
          {text.meshLinks.inTheMesh}
        </PageLink>
      }
    >
      <Network node={node.id} />
      <CollectionTable
        of={links}
        label={text.meshLinks.title}
        columns={columns}
        query={{ node: node.id, show: "all", outgoing: true }}
        opens={false}
        maxHeight="24rem"
        empty={<Empty title={text.meshLinks.none}>{text.meshLinks.noneText}</Empty>}
      />
    </Panel>
  );
}

function Network({ node }: { node: string }) {
  const { data } = useQuery({
    queryKey: ["mesh", "network", node],
    queryFn: () => dataOf(api.GET("/api/v1/mesh/network", { params: { query: { node } } })),
  });
  if (data === undefined) return null;
  const heard = data.heard.map(({ by, endpoint }) => text.meshLinks.heard(by, endpoint)).join(", ");
  return (
    <Group gap="xs" px="md" py="xs">
      <Text size="sm">
        <strong>{text.meshLinks.networks[data.kind]}</strong>
        {data.doubled && `, ${text.meshLinks.doubled}`}
        <span className="quiet"> {heard || data.message}</span>
      </Text>
    </Group>
  );
}
