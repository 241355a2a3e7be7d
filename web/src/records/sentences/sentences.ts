import words from "../../text/records/sentences.json";

// "ada created node web-1" instead of `node.create`: as `nimbus/kernel/sentences.py` makes them for the terminal. The
// words are from there; what a text may have in it is said there, too.

/** A part of a sentence that leads somewhere. */
export interface Reference {
  kind: string;
  id: string;
  name: string;
}

export type Part = string | Reference;
type Facts = Record<string, unknown>;

/** An entry of the audit log, as the API shows it. */
export interface Entry {
  action: string;
  outcome: string;
  actor: Reference;
  resource: Reference;
  before: Facts;
  after: Facts;
}

/** An event, as the API shows it. */
export interface Event {
  kind: string;
  resource: Reference;
  data: Facts;
}

/** Infinitive, past, of what, and all of it in the passive voice. */
type Action = [string, string, string, string];
const known = words as unknown as Record<string, Action | string | undefined>;

export function ofEntry(entry: Entry): Part[] {
  const { action: name, outcome, after } = entry;
  const facts = { ...entry.before, ...after, actor: entry.actor.name };
  const action = actionOf(name);
  if (action && entry.actor.kind === "system") return joined(passive(action, entry.resource, facts));
  const verb = action && (outcome === "ok" ? action[1] : `tried to ${action[0]}`);
  const said = action
    ? [` ${verb} `, ...filledIn(action[2], entry.resource, facts)]
    : [`: ${name} `, named(entry.resource)];
  const because = typeof after.error === "string" ? ` (${after.error})` : "";
  return joined([named(entry.actor), ...said, outcome === "ok" ? "" : `: ${outcome}${because}`]);
}

export function ofEvent({ kind, resource, data }: Event): Part[] {
  const text = known[kind] ?? known[`${kind} ${String(data.state)}`];
  if (typeof text === "string") return joined(filledIn(text, resource, data));
  const action = actionOf(kind);
  if (!action) return joined([`${kind} `, named(resource)]);
  if (!isReference(data.by)) return joined(passive(action, resource, data));
  return joined([
    named(data.by),
    ` ${action[1]} `,
    ...filledIn(action[2], resource, { ...data, actor: data.by.name }),
  ]);
}

function actionOf(name: string): Action | undefined {
  const found = known[name];
  return Array.isArray(found) ? found : undefined;
}

function passive([, past, what, whole]: Action, resource: Reference, facts: Facts): Part[] {
  return filledIn(whole || `${what} was ${past}`, resource, facts);
}

const TOKEN = /\[([^[\]]*)\]|\{(\w+)\}/g;

function filledIn(template: string, resource: Reference, facts: Facts): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const token of template.matchAll(TOKEN)) {
    const [whole, optional, name = ""] = token;
    parts.push(template.slice(at, token.index));
    if (optional === undefined) parts.push(factOf(name, resource, facts) ?? "");
    else parts.push(...chosen(optional, resource, facts));
    at = token.index + whole.length;
  }
  return [...parts, template.slice(at)];
}

function chosen(optional: string, resource: Reference, facts: Facts): Part[] {
  const [preferred = "", otherwise = ""] = optional.split("|");
  const isKnown = [...preferred.matchAll(TOKEN)].every(
    ([, , name = ""]) => factOf(name, resource, facts) !== undefined,
  );
  return filledIn(isKnown ? preferred : otherwise, resource, facts);
}

function factOf(name: string, resource: Reference, facts: Facts): Part | undefined {
  if (name === "other" && resource.name === facts.actor) return undefined;
  if (name === "resource" || name === "other")
    return resource.name || resource.id ? named(resource) : undefined;
  const value = facts[name];
  if ((typeof value !== "string" && typeof value !== "number") || value === "") return undefined;
  const { node_id: node } = facts;
  return name === "node" && typeof node === "string"
    ? { kind: "node", id: node, name: String(value) }
    : String(value);
}

function named({ kind, id, name }: Reference): Reference {
  return { kind, id, name: name || id };
}

function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && "kind" in value && "id" in value && "name" in value;
}

/** Neighbouring texts as one, without blanks at the end. */
function joined(parts: Part[]): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
    else if (part !== "") all.push(part);
  }
  const end = all.at(-1);
  if (typeof end === "string") all[all.length - 1] = end.trimEnd();
  return all.filter((part) => part !== "");
}
