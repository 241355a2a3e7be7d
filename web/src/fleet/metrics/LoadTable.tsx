import { Table } from "@mantine/core";
import type { Mark } from "../../components/chartLayers";
import { bytesPerSecond, percentText } from "../../components/quantity";
import { text } from "../../text/fleet";
import classes from "./LoadTable.module.css";
import { lineOf, type MetricsAnswer } from "./requests";
import { tableRows } from "./tableRows";

/** What the charts show, to read. */
export function LoadTable({ answer, marks }: { answer: MetricsAnswer; marks: readonly Mark[] }) {
  const words = text.metrics;
  const columns = [
    { line: lineOf(answer, words.cpu, "cpu"), format: percentText },
    { line: lineOf(answer, words.memory, "memory_used", "memory_total"), format: percentText },
    { line: lineOf(answer, words.disk, "disk_used", "disk_total"), format: percentText },
    { line: lineOf(answer, words.networkIn, "network_rx"), format: bytesPerSecond },
    { line: lineOf(answer, words.networkOut, "network_tx"), format: bytesPerSecond },
  ];
  const rows = tableRows(
    answer.timestamps,
    columns.map(({ line }) => line),
  );
  const from = (index: number) => rows[index]?.at ?? 0;
  const until = (index: number) => (index === 0 ? Number.POSITIVE_INFINITY : from(index - 1));
  const happened = (index: number) => marks.filter(({ at }) => at >= from(index) && at < until(index));
  return (
    <section className={classes.scroller} tabIndex={0} aria-label={words.table}>
      <Table stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.time}</Table.Th>
            {columns.map(({ line }) => (
              <Table.Th key={line.label}>{line.label}</Table.Th>
            ))}
            {marks.length > 0 && <Table.Th>{words.event}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ at, values }, index) => (
            <Table.Tr key={at}>
              <Table.Td className="mono">{new Date(at * 1000).toLocaleString("sv-SE").slice(0, 16)}</Table.Td>
              {columns.map(({ line, format }, column) => (
                <Table.Td key={line.label}>{known(values[column], format)}</Table.Td>
              ))}
              {marks.length > 0 && (
                <Table.Td>
                  {happened(index)
                    .map((mark) => mark.words)
                    .join("; ")}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function known(value: number | null | undefined, format: (value: number) => string) {
  return value === null || value === undefined ? (
    <span className="quiet">{text.common.noData}</span>
  ) : (
    format(value)
  );
}
