import { Table } from "@mantine/core";
import { Meter } from "../../components/Meter";
import { Panel } from "../../components/PageFrame";
import { bytes, percent } from "../../components/quantity";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import type { Node } from "./requests";

/** The machine's file systems, as they were when its facts were collected. */
export function DisksPanel({ node: { facts, facts_at: at } }: { node: Node }) {
  const disks = facts.disks ?? [];
  if (disks.length === 0) return null;
  const hasInodes = disks.some(({ inodes }) => inodes);
  return (
    <Panel
      flush
      title={text.nodes.disks}
      aside={
        at && (
          <span className="quiet">
            {text.nodes.disksOf} <When at={at} />
          </span>
        )
      }
    >
      <Table.ScrollContainer minWidth={hasInodes ? 460 : 360} type="native" tabIndex={0}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.nodes.mount}</Table.Th>
              <Table.Th>{text.nodes.used}</Table.Th>
              <Table.Th>{text.nodes.free}</Table.Th>
              {hasInodes && <Table.Th>{text.nodes.inodes}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {disks.map(({ mount, device, filesystem, total_bytes: total, used_bytes: used, ...disk }) => (
              <Table.Tr key={mount}>
                <Table.Td className="mono" title={`${device}, ${filesystem}`}>
                  {mount}
                </Table.Td>
                <Table.Td>
                  <Meter
                    value={percent(used, total)}
                    label={`${text.nodes.disk} ${mount}`}
                    detail={`${bytes(used)} / ${bytes(total)} (${filesystem})`}
                  />
                </Table.Td>
                <Table.Td>{bytes(Math.max(total - used, 0))}</Table.Td>
                {hasInodes && (
                  <Table.Td>
                    {disk.inodes ? (
                      <Meter
                        value={percent(disk.inodes_used ?? 0, disk.inodes)}
                        label={`${text.nodes.inodes} ${mount}`}
                      />
                    ) : (
                      "–"
                    )}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
