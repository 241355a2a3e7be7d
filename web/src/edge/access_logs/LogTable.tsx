import { Drawer, Table, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { SidewaysTable } from "../../components/PanelRows";
import { bytes } from "../../components/quantity";
import { Status } from "../../components/Status";
import { useWidth } from "../../components/useWidth";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import { LogDetails } from "./LogDetails";
import classes from "./LogTable.module.css";
import type { LogEntry } from "./requests";
import { toneOf } from "./statusTone";

const words = text.accessLogs;

/** Requests; one opens with all that is known of it. */
export function LogTable({ entries }: { entries: readonly LogEntry[] }) {
  const [opened, setOpened] = useState<LogEntry | null>(null);
  const { atLeast } = useWidth();
  return (
    <>
      <SidewaysTable minWidth={320}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="7.5rem">{words.at}</Table.Th>
              <Table.Th w="5rem">{words.status}</Table.Th>
              <Table.Th>{words.request}</Table.Th>
              {atLeast("sm") && <Table.Th w="6rem">{words.duration}</Table.Th>}
              {atLeast("md") && <Table.Th w="6rem">{words.size}</Table.Th>}
              {atLeast("lg") && <Table.Th w="10rem">{words.client}</Table.Th>}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entries.map((entry) => (
              <Table.Tr key={entry.id}>
                <Table.Td>
                  <When at={entry.at} />
                </Table.Td>
                <Table.Td>
                  {entry.raw === null && <Status state={toneOf(entry.status)} word={entry.status} />}
                </Table.Td>
                <Table.Td>
                  <Request entry={entry} open={() => setOpened(entry)} />
                </Table.Td>
                {atLeast("sm") && (
                  <Table.Td>
                    {entry.response_time_ms !== null && words.milliseconds(entry.response_time_ms)}
                  </Table.Td>
                )}
                {atLeast("md") && <Table.Td>{entry.raw === null && bytes(entry.body_bytes_sent)}</Table.Td>}
                {atLeast("lg") && <Table.Td className="mono">{entry.remote_addr}</Table.Td>}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SidewaysTable>
      <Drawer
        opened={opened !== null}
        onClose={() => setOpened(null)}
        position="right"
        size="lg"
        title={words.details}
        closeButtonProps={{ "aria-label": text.common.close }}
      >
        {opened && <LogDetails entry={opened} />}
      </Drawer>
    </>
  );
}

function Request({ entry, open }: { entry: LogEntry; open: () => void }) {
  const { method, host, uri, raw } = entry;
  return (
    <UnstyledButton className={`mono ${classes.row}`} aria-haspopup="dialog" onClick={open}>
      {raw === null ? `${method} ${host}${uri}` : <span className="quiet">{words.unreadable}</span>}
    </UnstyledButton>
  );
}
