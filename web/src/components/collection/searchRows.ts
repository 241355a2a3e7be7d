import type { RowsPage } from "../../api/collection";

const PER_READ = 1000;

export type Words = (string | null | undefined)[];

/**
 * A list narrowed by a search that the API does not have: all of the list is read, and the rows kept that have the
 * search in one of their words. An empty search gives the API's own pages.
 */
export async function searchRows<Row>(
  search: string,
  wordsOf: (row: Row) => Words,
  load: (page: number, perPage: number) => Promise<RowsPage<Row>>,
  page: number,
  perPage: number,
): Promise<RowsPage<Row>> {
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return load(page, perPage);
  const rows: Row[] = [];
  for (let next = 1; ; next += 1) {
    const read = await load(next, PER_READ);
    rows.push(...read.rows);
    if (read.rows.length === 0 || rows.length >= read.meta.total) break;
  }
  const matching = rows.filter((row) => wordsOf(row).some((word) => word?.toLowerCase().includes(wanted)));
  return {
    rows: matching.slice((page - 1) * perPage, page * perPage),
    meta: { total: matching.length },
  };
}

/** The fields of a query that say something. */
export function filled<Query extends object>(query: Query): Partial<Query> {
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== "" && value !== undefined),
  ) as Partial<Query>;
}
