import type { Schema } from "../../api/types";
import { text } from "../../text/appliance";

export type Setting = Schema<"SettingView">;
type Value = Setting["value"];

const words = text.settings;
/** What 0 means; of the others it is a number like any. */
const ZERO: Record<string, string> = {
  audit_retention_days: words.forever,
  task_retention_days: words.forever,
  ended_retention_days: words.forever,
  access_log_retention_days: words.forever,
  access_log_quota_gib: words.noLimit,
  task_retention_count: words.noLimit,
  backups_kept: words.all,
  mtu: words.automatic,
  node_port: words.automatic,
  wireguard_port: words.automatic,
  rate_limit_per_address: words.noLimit,
  rate_limit_per_key: words.noLimit,
  max_connections: words.noLimit,
  max_connections_per_address: words.noLimit,
};

/** What a number of this setting counts; "" where its title says it. */
export function unitOf(name: string): string {
  if (name.endsWith("_days")) return words.days;
  if (name.endsWith("_hours")) return words.hours;
  if (name.endsWith("_gib")) return "GiB";
  return name === "heartbeat_interval" ? words.seconds : "";
}

export function choiceWords(name: string, choice: string): string {
  return (words.choices as Record<string, string>)[`${name}.${choice}`] ?? choice;
}

/** A value of a setting, in words. */
export function shownValue(setting: Setting, value: Value = setting.value): string {
  if (value === "") return words.empty;
  if (typeof value !== "number") return choiceWords(setting.name, String(value));
  if (value === 0 && ZERO[setting.name]) return ZERO[setting.name] ?? "";
  const unit = unitOf(setting.name);
  const isPort = setting.name.endsWith("_port") || setting.name === "mtu";
  return `${isPort ? value : value.toLocaleString("en")}${unit && ` ${unit}`}`;
}

/** The settings of each area, those that need no restart first. */
export function byArea(settings: Setting[]): [string, Setting[]][] {
  const areas = new Map<string, Setting[]>();
  for (const setting of settings) areas.set(setting.area, [...(areas.get(setting.area) ?? []), setting]);
  return [...areas].map(([area, some]) => [area, some.sort((one, other) => rank(one) - rank(other))]);
}

const rank = ({ changeable }: Setting) => (changeable ? 0 : 1);
