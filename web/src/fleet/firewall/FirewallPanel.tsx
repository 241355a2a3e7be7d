import { Table } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { listAt } from "../../api/collection";
import type { Schema } from "../../api/types";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { Status } from "../../components/Status";
import { text } from "../../text/fleet";

const rules = listAt("/api/v1/firewall");

/** Which ports a node opens for resources, and from where they are reached. */
export function FirewallPanel({ node }: { node: string }) {
  const query = useQuery(rules.all({ node }));
  return (
    <Panel flush title={text.firewall.title}>
      <PanelRows
        query={query}
        rows={query.data?.rows}
        empty={text.firewall.empty}
        minWidth={420}
        head={
          <>
            <Table.Th>{text.firewall.ports}</Table.Th>
            <Table.Th>{text.firewall.resource}</Table.Th>
            <Table.Th>{text.firewall.from}</Table.Th>
            <Table.Th>{text.common.state}</Table.Th>
          </>
        }
      >
        {(rule) => (
          <Table.Tr key={rule.id}>
            <Table.Td className="mono">{portsOf(rule)}</Table.Td>
            <Table.Td>{rule.resource}</Table.Td>
            <Table.Td>{rule.sources.join(", ")}</Table.Td>
            <Table.Td>
              <Status
                state={rule.applied ? "ok" : "waiting"}
                word={rule.applied ? text.firewall.applied : text.firewall.pending}
              />
            </Table.Td>
          </Table.Tr>
        )}
      </PanelRows>
    </Panel>
  );
}

function portsOf({ first_port, last_port, protocol }: Schema<"FirewallRuleView">): string {
  const ports = first_port === last_port ? `${first_port}` : `${first_port}-${last_port}`;
  return `${ports}/${protocol}`;
}
