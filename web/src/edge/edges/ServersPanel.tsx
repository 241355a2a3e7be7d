import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { Panel } from "../../components/PageFrame";
import { SidewaysTable } from "../../components/PanelRows";
import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import { ObjectLink } from "../objects/Notes";
import { upstreams } from "../objects/requests";
import type { EdgeDetails } from "./requests";
import { upstreamOf } from "./upstreamOf";

const words = text.edges.servers;

/** Servers that requests are passed on to, as this edge sees them: those that are down first. */
export function ServersPanel({ servers }: { servers: EdgeDetails["servers"] }) {
  const access = useAccess();
  const known = useQuery({ ...upstreams.all(), enabled: access.somewhere("config:read") }).data?.rows ?? [];
  const ordered = [...servers].sort((a, b) => Number(a.healthy) - Number(b.healthy));
  return (
    <Panel flush title={words.title}>
      {ordered.length === 0 ? (
        <div className="panel-list quiet">{words.empty}</div>
      ) : (
        <SidewaysTable minWidth={440}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.server}</Table.Th>
                <Table.Th>{text.common.state}</Table.Th>
                <Table.Th>{words.upstream}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ordered.map(({ upstream, address, addresses, healthy, problem }) => {
                const found = upstreamOf(upstream, known);
                const resolved = addresses.filter((one) => one !== address).join(", ");
                return (
                  <Table.Tr key={`${upstream} ${address}`}>
                    <Table.Td>
                      <span className="mono">{address}</span>
                      {resolved && <div className="quiet mono">{resolved}</div>}
                    </Table.Td>
                    <Table.Td>
                      <Status state={healthy ? "ok" : "down"} word={healthy ? words.up : words.down} />
                      {problem && <div>{problem}</div>}
                    </Table.Td>
                    <Table.Td>
                      {found ? (
                        <ObjectLink kind="upstream" id={found.id} name={found.name} />
                      ) : (
                        <span className="quiet">{words.ofHost}</span>
                      )}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </SidewaysTable>
      )}
    </Panel>
  );
}
