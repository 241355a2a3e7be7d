/** What was filled in, without spaces around words. */
export function trimmed<Values extends object>(values: Values): Values {
  const pairs = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" ? value.trim() : value,
  ]);
  return Object.fromEntries(pairs) as Values;
}

/** The fields that differ from what there was, for a PATCH: those that are left out stay as they are. */
export function changedFields<Values extends object>(before: Values, values: Values): Partial<Values> {
  const pairs = Object.entries(values).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Values]),
  );
  return Object.fromEntries(pairs) as Partial<Values>;
}
