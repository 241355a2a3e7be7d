import { Checkbox, Loader, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useCallback, useMemo, useRef } from "react";
import { text } from "../text";
import classes from "./DataTable.module.css";
import { Failure } from "./Failure";
import { nextSort, sortOf } from "./sorting";
import { useWidth, type Width } from "./useWidth";

/** Rows of one page, and how many there are in all. */
export interface RowsPage<Row> {
  rows: Row[];
  meta: { total: number };
}

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The API's name of the field to sort by; absent: it does not sort by this. */
  sort?: string;
  /** The narrowest page that shows it. */
  from?: Width;
  /** A CSS width; absent: what is left. */
  width?: string;
  align?: "right";
}

export interface DataTableProps<Row> {
  /** Read out to a screen reader. */
  label: string;
  columns: Column<Row>[];
  rowId: (row: Row) => string;
  rowName?: (row: Row) => string;
  /** Begins with the collection, so that events of it bring the table up to date. */
  queryKey: readonly unknown[];
  /** `page` from 1. */
  load: (page: number, perPage: number) => Promise<RowsPage<Row>>;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: Row) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: Set<string>, rows: Row[]) => void;
  empty: ReactNode;
  /** Whether filters are on: an empty answer then means that nothing matches. */
  filtered?: boolean;
  /** CSS; as high as the rows need, at most this. */
  maxHeight?: string;
}

const PER_PAGE = 100;
const ROW_HEIGHT = 38;

/**
 * A list of the API as a table of any length: only rows in view are drawn, only pages in view are loaded, and an event
 * of the collection loads those anew.
 */
export function DataTable<Row>(given: DataTableProps<Row>) {
  const { columns, rowId, queryKey, load, selected, onSelect } = given;
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth();
  const widths = columns.map((column) => width.atLeast(column.from ?? "any"));
  // The same columns are the same list, so that scrolling draws only rows that come into view.
  const shown = useMemo(() => columns.filter((_column, at) => widths[at]), [columns, widths.join()]);
  const select = useRef<(id: string, chosen: boolean) => void>(() => undefined);
  const selectLatest = useCallback((id: string, chosen: boolean) => select.current(id, chosen), []);
  const first = useQuery({
    queryKey: [...queryKey, 1],
    queryFn: () => load(1, PER_PAGE),
    placeholderData: keepPreviousData,
  });
  const total = first.data?.meta.total ?? 0;
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const pages = useMemo(() => pagesOf(items[0]?.index ?? 0, items.at(-1)?.index ?? 0), [items]);
  const further = useQueries({
    queries: pages.map((page) => ({ queryKey: [...queryKey, page], queryFn: () => load(page, PER_PAGE) })),
    combine: (results) => new Map(results.map((result, position) => [pages[position], result.data?.rows])),
  });
  const rowAt = (index: number): Row | undefined => {
    const page = Math.floor(index / PER_PAGE) + 1;
    const rows = page === 1 ? first.data?.rows : further.get(page);
    return rows?.[index % PER_PAGE];
  };

  if (first.isError && first.data === undefined) {
    return (
      <div className={classes.aside}>
        <Failure error={first.error} onRetry={() => void first.refetch()} />
      </div>
    );
  }
  if (first.data === undefined) {
    return (
      <div className={classes.aside} role="status" aria-label={text.common.loading}>
        <Loader size="sm" />
      </div>
    );
  }
  if (total === 0) {
    return given.filtered ? <NoMatches /> : <>{given.empty}</>;
  }
  const loaded = [first.data.rows, ...[...further.values()].filter((rows) => rows !== undefined)].flat();
  const order = sortOf(given.sort ?? "");
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  select.current = (id, chosen) => {
    const next = new Set(selected);
    if (chosen) next.add(id);
    else next.delete(id);
    onSelect?.(next, loaded);
  };

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      style={{ maxHeight: given.maxHeight ?? "calc(100dvh - 13rem)" }}
      tabIndex={0}
      role="region"
      aria-label={given.label}
    >
      <table className={classes.table} aria-rowcount={total + 1} aria-label={given.label}>
        <colgroup>
          {onSelect && <col className={classes.checkColumn} />}
          {shown.map((column) => (
            <col key={column.key} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {onSelect && (
              <th scope="col">
                <Checkbox
                  size="xs"
                  aria-label={text.common.selectAll}
                  checked={loaded.length > 0 && loaded.every((row) => selected?.has(rowId(row)))}
                  indeterminate={
                    (selected?.size ?? 0) > 0 && !loaded.every((row) => selected?.has(rowId(row)))
                  }
                  onChange={(event) =>
                    onSelect(new Set(event.currentTarget.checked ? loaded.map(rowId) : []), loaded)
                  }
                />
              </th>
            )}
            {shown.map((column) => (
              <th
                key={column.key}
                scope="col"
                data-align={column.align}
                aria-sort={
                  order.field !== column.sort || !column.sort
                    ? undefined
                    : order.descending
                      ? "descending"
                      : "ascending"
                }
              >
                {column.sort && given.onSort ? (
                  <UnstyledButton
                    className={classes.sorter}
                    onClick={() => given.onSort?.(nextSort(given.sort ?? "", column.sort ?? ""))}
                    title={text.common.sortBy(column.header)}
                  >
                    {column.header}
                    {order.field === column.sort &&
                      (order.descending ? (
                        <IconArrowDown size={13} aria-hidden />
                      ) : (
                        <IconArrowUp size={13} aria-hidden />
                      ))}
                  </UnstyledButton>
                ) : (
                  column.header
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map(({ index, key }) => {
            const row = rowAt(index);
            if (row === undefined) {
              return (
                <tr key={key} aria-rowindex={index + 2} className={classes.row}>
                  <td colSpan={shown.length + (onSelect ? 1 : 0)} className="quiet">
                    {text.common.loading}
                  </td>
                </tr>
              );
            }
            const id = rowId(row);
            return (
              <Line
                key={key}
                position={index + 2}
                row={row}
                name={given.rowName?.(row) ?? id}
                columns={shown as Column<unknown>[]}
                isSelected={selected?.has(id) ?? false}
                onOpen={given.onOpen as ((row: unknown) => void) | undefined}
                onSelect={onSelect && selectLatest}
                id={id}
              />
            );
          })}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps {
  position: number;
  id: string;
  name: string;
  row: unknown;
  columns: Column<unknown>[];
  isSelected: boolean;
  onOpen: ((row: unknown) => void) | undefined;
  onSelect: ((id: string, chosen: boolean) => void) | undefined;
}

/** One row, drawn again only when something of it is another. */
const Line = memo(function Line({
  position,
  id,
  name,
  row,
  columns,
  isSelected,
  onOpen,
  onSelect,
}: LineProps) {
  return (
    <tr
      aria-rowindex={position}
      className={classes.row}
      data-clickable={onOpen ? true : undefined}
      data-selected={isSelected || undefined}
      onClick={(event) => {
        if (onOpen && !isControl(event.target)) onOpen(row);
      }}
    >
      {onSelect && (
        <td>
          <Checkbox
            size="xs"
            aria-label={text.common.selectRow(name)}
            checked={isSelected}
            onChange={(event) => onSelect(id, event.currentTarget.checked)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.key} data-align={column.align}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

/** Numbers of the pages, beside the first, that hold these rows. */
function pagesOf(firstIndex: number, lastIndex: number): number[] {
  const from = Math.floor(firstIndex / PER_PAGE) + 1;
  const to = Math.floor(lastIndex / PER_PAGE) + 1;
  return Array.from({ length: to - from + 1 }, (_, step) => from + step).filter((page) => page > 1);
}

/** A click on a link or button in the row is its own. */
function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a, button, input, label, [role=menuitem]") !== null;
}

function NoMatches() {
  return (
    <div className={classes.aside}>
      <strong>{text.common.noMatches}</strong>
      <p className="quiet">{text.common.noMatchesText}</p>
    </div>
  );
}
