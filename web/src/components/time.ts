import { text } from "../text";

const UNITS: readonly [seconds: number, name: string][] = [
  [86_400 * 365, "y"],
  [86_400 * 30, "mo"],
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/** "3 min", "12 d": in the largest unit that is not zero. `seconds` is not negative. */
export function amount(seconds: number): string {
  for (const [size, name] of UNITS) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${name}`;
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
