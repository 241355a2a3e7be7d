const NAMES: Record<string, string> = {
  "1h": "1 hour",
  "24h": "1 day",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  "365d": "1 year",
};

/** Durations to choose from, as the API writes them ("24h"); `none` names the empty choice, if there is one. */
export function durations(values: readonly string[], none?: string): { value: string; label: string }[] {
  const named = values.map((value) => ({ value, label: NAMES[value] ?? value }));
  return none === undefined ? named : [...named, { value: "", label: none }];
}
