const SHORTEST_TYPO = 3;
const MOST_SPREAD = 2;

/** Whether the letters of `query` are in `words` in this order, close together: "audt" finds "Audit log". */
function hasLettersOf(words: string, query: string): boolean {
  const first = query.charAt(0);
  for (let start = words.indexOf(first); start >= 0; start = words.indexOf(first, start + 1)) {
    if (lettersWithin(words.slice(start, start + MOST_SPREAD * query.length), query)) return true;
  }
  return false;
}

function lettersWithin(words: string, query: string): boolean {
  let from = 0;
  for (const letter of query) {
    const at = words.indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

/** What matches, best first: begins with the query, has it, has its letters in order. Empty: all. */
export function matching<T>(entries: T[], query: string, wordsOf: (entry: T) => string): T[] {
  const wanted = query.toLowerCase();
  const rank = (entry: T): number => {
    const words = wordsOf(entry).toLowerCase();
    if (words.startsWith(wanted)) return 0;
    if (words.includes(wanted)) return 1;
    return wanted.length >= SHORTEST_TYPO && hasLettersOf(words, wanted) ? 2 : 3;
  };
  return entries
    .map((entry) => ({ entry, at: rank(entry) }))
    .filter(({ at }) => at < 3)
    .sort((one, other) => one.at - other.at)
    .map(({ entry }) => entry);
}
