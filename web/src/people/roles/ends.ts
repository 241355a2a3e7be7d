/** What can be chosen for the end of a grant, in hours; "" lasts, "at" is a moment of one's own. */
export const END_HOURS: Record<string, number> = {
  "1h": 1,
  "8h": 8,
  "24h": 24,
  "7d": 7 * 24,
  "30d": 30 * 24,
};
export const LASTS = "";
export const AT = "at";

/** The end as the API takes it: RFC 3339, or "" for a grant that lasts; null: no moment has been given yet. */
export function endOf(choice: string, at: string, now: Date): string | null {
  if (choice === LASTS) return "";
  const hours = END_HOURS[choice];
  if (hours !== undefined) return new Date(now.getTime() + hours * 3_600_000).toISOString();
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
