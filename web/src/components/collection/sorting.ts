/** The API's `sort` of one field: "name", "-created_at". */
export function sortOf(sort: string): { field: string; descending: boolean } {
  return { field: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
}

/** A field that is clicked: up first, then down, then as the API has it. `down`: down first. */
export function nextSort(present: string, field: string, down = false): string {
  const [first, second] = down ? [`-${field}`, field] : [field, `-${field}`];
  if (present === first) return second;
  return present === second ? "" : first;
}
