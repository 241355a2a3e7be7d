import type { Line } from "../../components/chartLayers";

const ROWS = 60;

export interface TableRow {
  /** Unix seconds. */
  at: number;
  values: (number | null)[];
}

/** The lines as rows, newest first; of many points some together, as their average. */
export function tableRows(timestamps: readonly number[], lines: readonly Line[]): TableRow[] {
  const size = Math.max(1, Math.ceil(timestamps.length / ROWS));
  const rows: TableRow[] = [];
  for (let first = 0; first < timestamps.length; first += size) {
    rows.push({
      at: timestamps[first] ?? 0,
      values: lines.map(({ values }) => mean(values.slice(first, first + size))),
    });
  }
  return rows.reverse();
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
