import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { List } from "../../api/collection";
import { PageLink } from "../PageLink";
import { saveFile } from "../saveFile";
import { ColumnsMenu } from "./ColumnsMenu";
import { useColumnChoice } from "./columnChoice";
import { type Column as AnyColumn, DataTable, type DataTableProps } from "./DataTable";
import { filled, searchRows, type Words } from "./searchRows";
import { ViewsMenu } from "./ViewsMenu";

export interface Column<Row> extends AnyColumn<Row> {
  /** The cell is a link to the row's own page, and a click on the row opens that page. */
  link?: boolean;
}

export interface CollectionTableProps<Row, Query>
  extends Pick<DataTableProps<Row>, "label" | "empty" | "filtered" | "maxHeight" | "onSort" | "onOpen"> {
  of: List<Row, Query>;
  columns: Column<Row>[];
  /** What is asked for, sorting included; empty words are left out. */
  query: { [Name in keyof Query]?: Query[Name] | "" };
  /** What is searched for, where the API has no search of its own, and the words of a row to find it in. */
  search?: string;
  wordsOf?: (row: Row) => Words;
  /** Whether a click on a row opens its own page; absent: where a column links to it. */
  opens?: boolean;
  /** The list of a page of its own: its filters, sorting and columns can be kept under a name. */
  views?: boolean;
  selected?: DataTableProps<Row>["selected"];
  onSelect?: DataTableProps<Row>["onSelect"];
}

/** Up to so many columns there is nothing to choose. */
const FEW = 2;

/** Rows of a collection. Those with a page of their own have it at `/<collection>/<id>`. */
export function CollectionTable<Row extends { id: string; name?: string }, Query extends object>(
  props: CollectionTableProps<Row, Query>,
) {
  const { of, columns, query, search = "", wordsOf, opens, views = false, ...table } = props;
  const [choice, choose] = useColumnChoice(of.name);
  const navigate = useNavigate();
  const opensPages = opens ?? columns.some(({ link }) => link);
  const linked = useMemo(() => columns.map((column) => withLink(of.name, column)), [columns, of.name]);
  const load = (page: number, perPage: number) =>
    of.list({ ...filled(query), page, per_page: perPage } as unknown as Query);
  return (
    <DataTable
      {...table}
      columns={linked}
      rowId={(row) => row.id}
      rowName={(row) => row.name ?? row.id}
      queryKey={[of.name, "list", of.path, query, search]}
      load={(page, perPage) =>
        wordsOf ? searchRows(search, wordsOf, load, page, perPage) : load(page, perPage)
      }
      choice={choice}
      tools={
        <>
          {views && <ViewsMenu list={of.name} columns={choice} onColumns={choose} />}
          {columns.length > FEW && <ColumnsMenu columns={columns} choice={choice} onChange={choose} />}
        </>
      }
      onDownload={
        of.csv && !(wordsOf && search)
          ? async () => of.csv && saveFile(await of.csv(filled(query) as unknown as Query), `${of.name}.csv`)
          : undefined
      }
      addressOf={opensPages ? (row) => `/${of.name}/${row.id}` : undefined}
      sort={"sort" in query ? String(query.sort) : ""}
      onOpen={
        props.onOpen ?? (opensPages ? (row) => void navigate({ to: `/${of.name}/${row.id}` }) : undefined)
      }
    />
  );
}

function withLink<Row extends { id: string }>(collection: string, column: Column<Row>): AnyColumn<Row> {
  const { cell, link } = column;
  if (!link) return column;
  return {
    ...column,
    cell: (row) => (
      <PageLink to={`/${collection}/${row.id}`} className="row-link">
        {cell(row)}
      </PageLink>
    ),
  };
}
