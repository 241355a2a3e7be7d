/** The API's `sort` of one field: "name", "-created_at". */
export function sortOf(sort: string): { field: string; descending: boolean } {
  return { field: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
}

/** A field that is clicked: up first, then down, then as the API has it. */
export function nextSort(present: string, field: string): string {
  if (present === field) return `-${field}`;
  return present === `-${field}` ? "" : field;
}
