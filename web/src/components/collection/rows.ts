import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RowsPage } from "../../api/collection";

/** A list, page by page. */
export interface Pages<Row> {
  /** Begins with the collection, so that events of it bring the list up to date. */
  queryKey: readonly unknown[];
  /** `page` from 1. */
  load: (page: number, perPage: number) => Promise<RowsPage<Row>>;
}

const PER_PAGE = 100;

export function useFirstPage<Row>({ queryKey, load }: Pages<Row>) {
  return useQuery({
    queryKey: [...queryKey, 1],
    queryFn: () => load(1, PER_PAGE),
    placeholderData: keepPreviousData,
  });
}

/** The rows at the positions from `first` to `last`, both included: their pages are asked for once and kept. */
export function useRows<Row>(
  { queryKey, load }: Pages<Row>,
  firstPage: Row[] | undefined,
  first: number,
  last: number,
) {
  const pages = useMemo(() => furtherPages(first, last), [first, last]);
  const further = useQueries({
    queries: pages.map((page) => ({ queryKey: [...queryKey, page], queryFn: () => load(page, PER_PAGE) })),
    combine: (results) => new Map(results.map((result, position) => [pages[position], result.data?.rows])),
  });
  return {
    /** Undefined while it is loading. */
    rowAt: (position: number): Row | undefined => {
      const page = Math.floor(position / PER_PAGE) + 1;
      return (page === 1 ? firstPage : further.get(page))?.[position % PER_PAGE];
    },
    loaded: [firstPage, ...further.values()].flatMap((rows) => rows ?? []),
  };
}

/** Numbers of the pages, but for the first, that hold these rows. */
function furtherPages(first: number, last: number): number[] {
  const from = Math.floor(first / PER_PAGE) + 1;
  const to = Math.floor(last / PER_PAGE) + 1;
  return Array.from({ length: to - from + 1 }, (_, step) => from + step).filter((page) => page > 1);
}
