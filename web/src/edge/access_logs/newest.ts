const MOST = 500;

/** What came put before what is shown, the newest first, each once; what is too old to be shown is left out. */
export function withNewest<Row extends { id: string }>(shown: readonly Row[], came: readonly Row[]): Row[] {
  const known = new Set(shown.map(({ id }) => id));
  const fresh = came.filter(({ id }) => !known.has(id)).reverse();
  return [...fresh, ...shown].slice(0, MOST);
}
