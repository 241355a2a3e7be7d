import type { RowsPage } from "./rows";

const AT_ONCE = 1000;

/**
 * A list narrowed by words where the API has no filter for them: all of it is read and looked through here. Without
 * words the API's own pages are passed on.
 */
export async function searchRows<Row>(
  words: string,
  wordsOf: (row: Row) => (string | null | undefined)[],
  load: (page: number, perPage: number) => Promise<RowsPage<Row>>,
  page: number,
  perPage: number,
): Promise<RowsPage<Row>> {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return load(page, perPage);
  const rows: Row[] = [];
  for (let next = 1; ; next += 1) {
    const got = await load(next, AT_ONCE);
    rows.push(...got.rows);
    if (got.rows.length === 0 || rows.length >= got.meta.total) break;
  }
  const found = rows.filter((row) => wordsOf(row).some((word) => word?.toLowerCase().includes(wanted)));
  return { rows: found.slice((page - 1) * perPage, page * perPage), meta: { total: found.length } };
}

/** For the query of a list: only the filters that say something. */
export function filled<Query extends Record<string, unknown>>(query: Query): Partial<Query> {
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== "" && value !== undefined),
  ) as Partial<Query>;
}
