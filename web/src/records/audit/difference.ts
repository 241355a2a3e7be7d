/** One field that differs; undefined where it was, or is, absent. */
export interface Difference {
  field: string;
  before: string | undefined;
  after: string | undefined;
}

/** What differs between two JSON objects, by the path of each field, in the order of their names. */
export function differences(before: object, after: object): Difference[] {
  const old = leavesOf(before);
  const now = leavesOf(after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .map((field) => ({ field, before: old.get(field), after: now.get(field) }))
    .filter((field) => field.before !== field.after);
}

/** Every value that is no object, as text, by its path ("labels.tier"). */
function leavesOf(value: unknown, path = "", leaves = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) leavesOf(inner, path ? `${path}.${key}` : key, leaves);
  } else if (path !== "") {
    leaves.set(path, typeof value === "string" ? value : JSON.stringify(value));
  }
  return leaves;
}
