import type { ReactNode } from "react";
import { Empty } from "../Empty";
import { PageFrame, Panel } from "../PageFrame";
import { CollectionTable, type CollectionTableProps } from "./CollectionTable";
import type { Filters } from "./filters";
import { SearchField, Toolbar } from "./Toolbar";

type TableProps<Row, Query> = Omit<CollectionTableProps<Row, Query>, "label" | "empty" | "query" | "search">;

interface CollectionPageProps<Row, Query> extends TableProps<Row, Query> {
  texts: { title: string; search?: string; emptyTitle: string; emptyText: string };
  /** With "search" there is a field for it, with "sort" the columns sort. */
  filters: Filters;
  /** What is asked for; absent: the filters as they are. */
  query?: CollectionTableProps<Row, Query>["query"];
  /** What makes a new one: at the top of the page, and where there is none yet. */
  create?: ReactNode;
  /** What else can be done, at the top of the page. */
  actions?: ReactNode;
  /** Further filters. */
  toolbar?: ReactNode;
  /** Above the list. */
  children?: ReactNode;
}

/** The page of a collection: its name, what can be done, filters, and the table of its rows. */
export function CollectionPage<Row extends { id: string; name?: string }, Query extends object>(
  props: CollectionPageProps<Row, Query>,
) {
  const { texts, filters, create, actions, toolbar, children, ...table } = props;
  const { search = "", ...rest } = filters.values;
  const query = props.query ?? ((props.wordsOf ? rest : filters.values) as typeof props.query & object);
  return (
    <PageFrame
      title={texts.title}
      actions={
        <>
          {actions}
          {create}
        </>
      }
    >
      {children}
      <Panel flush>
        <Toolbar filters={filters}>
          {texts.search !== undefined && (
            <SearchField
              value={search}
              onChange={(words) => filters.set({ search: words })}
              placeholder={texts.search}
            />
          )}
          {toolbar}
        </Toolbar>
        <CollectionTable
          {...table}
          views
          label={texts.title}
          query={query}
          search={search}
          onSort={"sort" in filters.values ? (sort) => filters.set({ sort }) : undefined}
          filtered={filters.active}
          empty={
            <Empty title={texts.emptyTitle} action={create}>
              {texts.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
