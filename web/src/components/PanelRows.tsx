import { Loader, Table } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "./Failure";

interface PanelRowsProps<Row> {
  query: UseQueryResult<unknown>;
  /** Of the answer; undefined while there is none. */
  rows: Row[] | undefined;
  /** Said where there are no rows. */
  empty: string;
  /** The names of the columns, where the rows do not speak for themselves. */
  head?: ReactNode;
  /** The width in pixels under which it scrolls sideways. */
  minWidth?: number;
  /** One row: a `Table.Tr`. */
  children: (row: Row) => ReactNode;
}

/** A short list as a table in a panel that is `flush`. */
export function PanelRows<Row>({ query, rows, empty, head, minWidth, children }: PanelRowsProps<Row>) {
  if (rows === undefined) {
    return query.isError ? (
      <Failure error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <div className="panel-list">
        <Loader size="xs" />
      </div>
    );
  }
  if (rows.length === 0) return <div className="panel-list quiet">{empty}</div>;
  const table = (
    <Table>
      {head && (
        <Table.Thead>
          <Table.Tr>{head}</Table.Tr>
        </Table.Thead>
      )}
      <Table.Tbody>{rows.map(children)}</Table.Tbody>
    </Table>
  );
  return minWidth ? <SidewaysTable minWidth={minWidth}>{table}</SidewaysTable> : table;
}

/** What scrolls sideways where there is no room, also by the keyboard. */
export function SidewaysTable({ minWidth, children }: { minWidth: number; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      {children}
    </Table.ScrollContainer>
  );
}
