export type Labels = Record<string, string>;

/** "tier=gold, zone=a" as pairs; `wrong` has the words that are no pair. */
export function parseLabels(typed: string): { labels: Labels; wrong: string[] } {
  const labels: Labels = {};
  const wrong: string[] = [];
  const words = typed.split(",").map((word) => word.trim());
  for (const word of words.filter(Boolean)) {
    const equals = word.indexOf("=");
    if (equals <= 0) wrong.push(word);
    else labels[word.slice(0, equals).trim()] = word.slice(equals + 1).trim();
  }
  return { labels, wrong };
}

/** The same the other way round. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

/** For a PATCH: labels that are wanted, and null for those that are to go. */
export function labelChanges(before: Labels, wanted: Labels): Record<string, string | null> {
  const removed = Object.keys(before).filter((key) => !(key in wanted));
  return { ...wanted, ...Object.fromEntries(removed.map((key) => [key, null])) };
}
