import type { Mark } from "../../components/chartLayers";
import { newestEvents } from "../../records/event_log";
import { type Event, ofEvent } from "../../records/sentences";

// What happened to a node, for its charts. Events are kept for a day, so on a longer time the newest are marked.

const SHOWN = 100;
const KINDS: Record<string, Mark["kind"]> = {
  "node.state Online": "ok",
  "node.state Offline": "bad",
  "node.state Degraded": "bad",
  "node.maintenance_start": "maintenance",
  "node.maintenance_end": "maintenance",
  "node.join": "other",
};

export function nodeMarksQuery(node: string) {
  return newestEvents({ node, kind: "node.*" }, SHOWN);
}

export function marksOf(rows: readonly (Event & { at: string })[]): Mark[] {
  return rows.flatMap((event) => {
    const kind = KINDS[event.kind] ?? KINDS[`${event.kind} ${String(event.data.state)}`];
    const words = ofEvent(event).map((part) => (typeof part === "string" ? part : part.name));
    return kind ? [{ at: Date.parse(event.at) / 1000, kind, words: words.join("") }] : [];
  });
}
