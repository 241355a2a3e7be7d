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

/** Whether it is a whole `key=value`; the value may be empty. */
export function isPair(word: string): boolean {
  return word.indexOf("=") > 0;
}

/** A filter as it is written in the address, "tier=gold,zone=a", as its pairs. */
export function pairsOf(filter: string): string[] {
  return filter.split(",").filter(isPair);
}

/** The filter with one more pair; of a key that it has already, the other value. */
export function withPair(filter: string, pair: string): string {
  const key = pair.slice(0, pair.indexOf("=") + 1);
  return [...pairsOf(filter).filter((other) => !other.startsWith(key)), pair].join(",");
}

/** The labels of the rows among these answers, the most frequent first. */
export function suggestedLabels(answers: readonly (readonly [unknown, unknown])[]): string[] {
  const counts = new Map<string, number>();
  for (const [, answer] of answers) {
    const rows = (answer as { rows?: { labels?: Labels }[] } | undefined)?.rows;
    if (!Array.isArray(rows)) continue;
    for (const [key, value] of rows.flatMap(({ labels }) => Object.entries(labels ?? {}))) {
      const pair = `${key}=${value}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([pair]) => pair);
}
