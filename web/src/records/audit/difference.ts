/** One field that differs; undefined where it was, or is, absent. */
export interface Difference {
  field: string;
  before: string | undefined;
  after: string | undefined;
}

/** What differs between two JSON objects, by the path of each field, in the order of their names. */
export function differences(before: object, after: object): Difference[] {
  const was = flat(before);
  const is = flat(after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .map((field) => ({ field, before: was.get(field), after: is.get(field) }))
    .filter(({ before: one, after: other }) => one !== other);
}

function flat(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) flat(inner, path ? `${path}.${key}` : key, found);
  } else if (path !== "") {
    found.set(path, typeof value === "string" ? value : JSON.stringify(value));
  }
  return found;
}
