// A stretch of time to narrow a list to, as one word of the address: "24h" until now, or "FROM/TO" with times of RFC
// 3339, of which one may be missing.

/** Seconds. */
export const PRESETS: Readonly<Record<string, number>> = {
  "1h": 3600,
  "6h": 6 * 3600,
  "24h": 86_400,
  "7d": 7 * 86_400,
  "30d": 30 * 86_400,
  "90d": 90 * 86_400,
};

export interface Range {
  since?: string;
  until?: string;
}

/** From when to when; what is missing is open. */
export function rangeOf(period: string, now: Date): Range {
  const seconds = PRESETS[period];
  if (seconds !== undefined) return { since: new Date(now.getTime() - seconds * 1000).toISOString() };
  const [from = "", to = ""] = period.split("/");
  return { ...(isTime(from) && { since: from }), ...(isTime(to) && { until: to }) };
}

export function periodOf({ since = "", until = "" }: Range): string {
  return since || until ? `${since}/${until}` : "";
}

function isTime(text: string): boolean {
  return text !== "" && !Number.isNaN(Date.parse(text));
}

/** As `<input type="datetime-local">` has it: in the reader's time zone, to the minute. */
export function toInput(at: string | undefined): string {
  if (at === undefined) return "";
  const moment = new Date(at);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function fromInput(value: string): string | undefined {
  return isTime(value) ? new Date(value).toISOString() : undefined;
}
