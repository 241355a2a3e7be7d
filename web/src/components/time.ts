import { text } from "../text";

const DAY_S = 86_400;
const MONTH_S = 30 * DAY_S;
const YEAR_S = 365 * DAY_S;

// Months and years are coarse: they begin where a day more or less says little.
const UNITS: readonly [from: number, size: number, name: string][] = [
  [2 * YEAR_S, YEAR_S, "y"],
  [3 * MONTH_S, MONTH_S, "mo"],
  [DAY_S, DAY_S, "d"],
  [3600, 3600, "h"],
  [60, 60, "min"],
  [1, 1, "s"],
];

/** "3 min", "12 d": in the largest unit that says enough. `seconds` is not negative. */
export function amount(seconds: number): string {
  for (const [from, size, name] of UNITS) {
    if (seconds >= from) return `${Math.floor(seconds / size)} ${name}`;
  }
  return "0 s";
}

/** "3 min ago", "in 5 d", "now". */
export function relative(at: Date, now: Date): string {
  const seconds = (now.getTime() - at.getTime()) / 1000;
  if (Math.abs(seconds) < 1) return text.common.now;
  return seconds > 0 ? text.common.ago(amount(seconds)) : text.common.inFuture(amount(-seconds));
}

const LOCAL = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "long" });

const SHORT = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });

/** The time in the reader's time zone: "2026-11-30 18:03:11 GMT+1". */
export function local(at: Date): string {
  return LOCAL.format(at);
}

/** Short enough for a table: "11-30 18:03", "11-30 17:03Z" in UTC, "2025-11-30" of another year. */
export function clockTime(at: Date, now: Date, isUtc: boolean): string {
  const written = isUtc ? at.toISOString().replace("T", " ") : SHORT.format(at);
  const year = (isUtc ? now.toISOString() : SHORT.format(now)).slice(0, 4);
  if (!written.startsWith(year)) return written.slice(0, 10);
  return `${written.slice(5, 16)}${isUtc ? "Z" : ""}`;
}

/** "2026-11-30 18:03:11 UTC". */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The exact time, in the reader's time zone and in UTC. */
export function exact(at: Date): string {
  return `${LOCAL.format(at)} (${at.toISOString()})`;
}

export function uptime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}
