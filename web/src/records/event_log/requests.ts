import { listAt } from "../../api/collection";

const events = listAt("/api/v1/events");

/** Narrowing the list; all are optional. */
export type EventQuery = Omit<Parameters<typeof events.list>[0], "per_page">;

export function newestEvents(query: EventQuery, count: number) {
  return events.all({ ...query, per_page: count });
}
