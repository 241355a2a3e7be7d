import { useState } from "react";
import type { List } from "../../api/collection";
import { notifyFailure } from "../notify";
import { filled } from "./searchRows";

const PER_READ = 1000;

/**
 * Rows that are chosen, also those that were scrolled out of view. They stay chosen when something has been done with
 * them. `query`: what the list is narrowed to.
 */
export function useSelection<Row extends { id: string }, Query extends object>(
  of: Pick<List<Row, Query>, "list">,
  query: { [Name in keyof Query]?: Query[Name] | "" },
) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, Row>>(new Map());
  const [total, setTotal] = useState(0);
  const keep = (rows: Row[]) => setChosen(new Map(rows.map((row) => [row.id, row])));
  const readAll = async () => {
    const rows: Row[] = [];
    for (let page = 1; ; page += 1) {
      const read = await of.list({ ...filled(query), page, per_page: PER_READ } as unknown as Query);
      rows.push(...read.rows);
      if (read.rows.length < PER_READ) break;
    }
    keep(rows);
    setTotal(rows.length);
  };
  return {
    chosen,
    total,
    select: (ids: Set<string>, loaded: Row[], matching: number) => {
      keep([...chosen.values(), ...loaded].filter(({ id }) => ids.has(id)));
      setTotal(matching);
    },
    all: () => readAll().catch(notifyFailure),
    clear: () => setChosen(new Map()),
  };
}
