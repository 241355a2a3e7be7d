import type { Schema } from "../../api/types";
import { Loaded } from "../../components/Loaded";
import { PageLink } from "../../components/PageLink";
import { When } from "../../components/When";
import { text } from "../../text/records";
import classes from "./EventList.module.css";
import { type EventQuery, newestEvents } from "./requests";

type Event = Schema<"EventView">;

const PAGES: Record<string, (id: string) => string> = {
  node: (id) => `/nodes/${id}`,
  task: (id) => `/tasks/${id}`,
  operation: (id) => `/operations/${id}`,
  user: (id) => `/users/${id}`,
};

/** The newest events that match, newest first; brought up to date with each that comes. */
export function EventList({ query, count }: { query: EventQuery; count: number }) {
  return (
    <Loaded query={newestEvents(query, count)}>
      {({ rows }) =>
        rows.length === 0 ? <p className="quiet">{text.events.none}</p> : <Events rows={rows} />
      }
    </Loaded>
  );
}

function Events({ rows }: { rows: Event[] }) {
  return (
    <ol className={classes.list}>
      {rows.map((event) => (
        <li key={event.cursor} className={classes.item}>
          <span className={`quiet ${classes.when}`}>
            <When at={event.at} />
          </span>
          <span className={`mono ${classes.kind}`}>{event.kind}</span>
          <span className={classes.what}>
            <ResourceLink event={event} /> <span className="quiet">{summaryOf(event)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

function ResourceLink({ event }: { event: Event }) {
  const { kind, id, name } = event.resource;
  const page = PAGES[kind];
  const shown = name || id;
  if (page === undefined) return <span>{shown}</span>;
  return (
    <PageLink to={page(id)} className="row-link">
      {shown}
    </PageLink>
  );
}

/** What a reader wants to know of the event's data: plain values, in one line. */
function summaryOf(event: Event): string {
  return Object.entries(event.data)
    .filter(
      ([key, value]) =>
        !key.endsWith("id") && ["string", "number", "boolean"].includes(typeof value) && value !== "",
    )
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(" · ");
}
