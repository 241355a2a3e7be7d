import { Button, Checkbox, Loader, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useCallback, useMemo, useRef } from "react";
import { text } from "../../text";
import { Failure } from "../Failure";
import { notifyFailure } from "../notify";
import { useWidth, type Width } from "../useWidth";
import { type ColumnChoice, isShown } from "./columnChoice";
import classes from "./DataTable.module.css";
import { type Pages, useFirstPage, useRows } from "./rows";
import { nextSort, sortOf } from "./sorting";

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** The API's name of the field to sort by; absent: it does not sort by this. */
  sort?: string;
  /** The first click sorts down: the fullest, the newest. */
  down?: boolean;
  /** The narrowest page that shows it. */
  from?: Width;
  /** Shown only when it is chosen. */
  optional?: boolean;
  /** A CSS width; absent: what is left. */
  width?: string;
  align?: "right";
}

export interface DataTableProps<Row> extends Pages<Row> {
  /** Read out to a screen reader. */
  label: string;
  columns: Column<Row>[];
  rowId: (row: Row) => string;
  rowName?: (row: Row) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: Row) => void;
  /** The address of a row's page, for a new tab. */
  addressOf?: (row: Row) => string;
  selected?: ReadonlySet<string>;
  /** `rows`: those that are loaded; `total`: how many match. */
  onSelect?: (selected: Set<string>, rows: Row[], total: number) => void;
  empty: ReactNode;
  /** Whether filters are on: an empty answer then means that nothing matches. */
  filtered?: boolean;
  /** Which columns were turned on or off. */
  choice?: ColumnChoice;
  /** What can be done with the list itself; stands beside the total. */
  tools?: ReactNode;
  /** Takes all that match out into a file. */
  onDownload?: () => Promise<unknown>;
  /** CSS; as high as the rows need, at most this. */
  maxHeight?: string;
}

const ROW_HEIGHT = 38;
const MIDDLE = 1;

/**
 * A list of the API as a table of any length: only rows in view are drawn, only pages in view are loaded, and an event
 * of the collection loads those again.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const first = useFirstPage(props);
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
  const { rows, meta } = first.data;
  if (meta.total === 0) {
    return props.filtered ? (
      <>
        <NoMatches />
        <div className={`${classes.foot} quiet`}>
          {text.table.total(0)}
          <span>{props.tools}</span>
        </div>
      </>
    ) : (
      props.empty
    );
  }
  return <Table {...props} firstPage={rows} total={meta.total} />;
}

function Table<Row>(props: DataTableProps<Row> & { firstPage: Row[]; total: number }) {
  const { columns, rowId, selected, onSelect, total } = props;
  const scroller = useRef<HTMLElement>(null);
  const { shown, minWidth } = useShownColumns(columns, props.choice ?? AS_USUAL);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const { rowAt, loaded } = useRows(props, props.firstPage, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  const last = useRef(0);
  const select = useLatest((index: number, chosen: boolean, range: boolean) => {
    const next = new Set(selected);
    const [from, to] = range
      ? [Math.min(last.current, index), Math.max(last.current, index)]
      : [index, index];
    last.current = index;
    for (let at = from; at <= to; at += 1) {
      const row = rowAt(at);
      if (row === undefined) continue;
      if (chosen) next.add(rowId(row));
      else next.delete(rowId(row));
    }
    onSelect?.(next, loaded, total);
  });
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <>
      <section
        ref={scroller}
        className={classes.scroller}
        style={{ maxHeight: props.maxHeight ?? "calc(100dvh - 13rem)" }}
        tabIndex={0}
        aria-label={props.label}
      >
        <table
          className={classes.table}
          style={{ minWidth }}
          aria-rowcount={total + 1}
          aria-label={props.label}
        >
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
                  <SelectAll
                    ids={loaded.map(rowId)}
                    selected={selected}
                    onSelect={(ids) => onSelect(ids, loaded, total)}
                  />
                </th>
              )}
              {shown.map((column) => (
                <Header key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden style={{ height: before }} />}
            {items.map(({ index, key }) => {
              const row = rowAt(index);
              if (row === undefined) {
                return (
                  <LoadingLine key={key} position={index + 2} cells={shown.length + (onSelect ? 1 : 0)} />
                );
              }
              const id = rowId(row);
              return (
                <Line
                  key={key}
                  position={index + 2}
                  row={row}
                  name={props.rowName?.(row) ?? id}
                  columns={shown as Column<unknown>[]}
                  isSelected={selected?.has(id) ?? false}
                  onOpen={props.onOpen as ((row: unknown) => void) | undefined}
                  address={props.addressOf?.(row)}
                  onSelect={onSelect && select}
                />
              );
            })}
            {after > 0 && <tr aria-hidden style={{ height: after }} />}
          </tbody>
        </table>
      </section>
      <div className={`${classes.foot} quiet`}>
        {text.table.total(total)}
        <span>
          {props.tools}
          {props.onDownload && <DownloadButton download={props.onDownload} />}
        </span>
      </div>
    </>
  );
}

function DownloadButton({ download }: { download: () => Promise<unknown> }) {
  const { mutate, isPending } = useMutation({
    mutationFn: download,
    onError: (error) => notifyFailure(error),
  });
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      leftSection={<IconDownload size={13} aria-hidden />}
      loading={isPending}
      onClick={() => mutate()}
    >
      {text.table.downloadCsv}
    </Button>
  );
}

const AS_USUAL: ColumnChoice = {};

/**
 * The columns that there is room for, and those that were chosen: with these the table may be wider than the page. The
 * same array while they are the same, so that scrolling draws new rows alone.
 */
function useShownColumns<Row>(columns: Column<Row>[], choice: ColumnChoice) {
  const { width, atLeast } = useWidth();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `atLeast` is made of `width`, and is another each time
  return useMemo(() => {
    const shown = columns.filter((column) => isShown(column, choice, atLeast));
    const isWider = shown.some(({ key }) => choice[key]);
    return { shown, minWidth: isWider ? `calc(${shown.map(roomOf).join(" + ")})` : undefined };
  }, [columns, choice, width]);
}

/** CSS: what a column needs at least. */
function roomOf({ width }: { width?: string }): string {
  return width ?? "9rem";
}

/** A function that stays the same, and calls the latest `work`. */
function useLatest<Arguments extends unknown[]>(work: (...values: Arguments) => void) {
  const latest = useRef(work);
  latest.current = work;
  return useCallback((...values: Arguments) => latest.current(...values), []);
}

function SelectAll(props: {
  ids: string[];
  selected: ReadonlySet<string> | undefined;
  onSelect: (ids: Set<string>) => void;
}) {
  const all = props.ids.length > 0 && props.ids.every((id) => props.selected?.has(id));
  return (
    <Checkbox
      size="xs"
      aria-label={text.common.selectAll}
      checked={all}
      indeterminate={(props.selected?.size ?? 0) > 0 && !all}
      onChange={(event) => props.onSelect(new Set(event.currentTarget.checked ? props.ids : []))}
    />
  );
}

function Header<Row>({
  column,
  sort,
  onSort,
}: { column: Column<Row> } & Pick<DataTableProps<Row>, "sort" | "onSort">) {
  const present = sortOf(sort ?? "");
  const { sort: field, header } = column;
  if (!field || !onSort) {
    return (
      <th scope="col" data-align={column.align}>
        {header || <VisuallyHidden>{text.common.actions}</VisuallyHidden>}
      </th>
    );
  }
  const direction = present.descending ? "descending" : "ascending";
  const Arrow = present.descending ? IconArrowDown : IconArrowUp;
  return (
    <th scope="col" data-align={column.align} aria-sort={present.field === field ? direction : undefined}>
      <UnstyledButton
        className={classes.sorter}
        onClick={() => onSort(nextSort(sort ?? "", field, column.down))}
        title={text.common.sortBy(header)}
      >
        {header}
        {present.field === field && <Arrow size={13} aria-hidden />}
      </UnstyledButton>
    </th>
  );
}

/** A cell, or the dash that says in every table that there is nothing. */
function orNothing(cell: ReactNode): ReactNode {
  const isEmpty = cell === null || cell === undefined || cell === false || cell === "";
  return isEmpty ? <span className="quiet">–</span> : cell;
}

interface LineProps {
  /** In the table, counted from 1; the first is that of the header. */
  position: number;
  name: string;
  row: unknown;
  columns: Column<unknown>[];
  isSelected: boolean;
  onOpen: ((row: unknown) => void) | undefined;
  address: string | undefined;
  /** `range`: everything from the row that was chosen before. */
  onSelect: ((index: number, chosen: boolean, range: boolean) => void) | undefined;
}

/** One row, drawn again only when one of its props is another. */
const Line = memo(function Line(props: LineProps) {
  const { row, columns, isSelected, onOpen, onSelect, address } = props;
  return (
    <tr
      aria-rowindex={props.position}
      className={classes.row}
      data-clickable={onOpen ? true : undefined}
      data-selected={isSelected || undefined}
      onClick={(event) => {
        if (!onOpen || isControl(event.target)) return;
        if (address && (event.ctrlKey || event.metaKey)) window.open(address, "_blank", "noopener");
        else onOpen(row);
      }}
      onAuxClick={(event) => {
        if (address && event.button === MIDDLE && !isControl(event.target))
          window.open(address, "_blank", "noopener");
      }}
    >
      {onSelect && (
        <td>
          <Checkbox
            size="xs"
            aria-label={text.common.selectRow(props.name)}
            checked={isSelected}
            onChange={({ currentTarget, nativeEvent }) =>
              onSelect(props.position - 2, currentTarget.checked, (nativeEvent as MouseEvent).shiftKey)
            }
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.key} data-align={column.align}>
          {column.header ? orNothing(column.cell(row)) : column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

function LoadingLine({ position, cells }: { position: number; cells: number }) {
  return (
    <tr aria-rowindex={position} className={classes.row}>
      <td colSpan={cells} className="quiet">
        {text.common.loading}
      </td>
    </tr>
  );
}

/** Whether it is, or is in, something that has a click of its own. */
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
