import type { Schema } from "../../api/types";
import { Loaded } from "../../components/Loaded";
import { ResourceLink } from "../../components/ResourceLink";
import { When } from "../../components/When";
import { text } from "../../text/records";
import classes from "./EventList.module.css";
import { type EventQuery, newestEvents } from "./requests";

type Event = Schema<"EventView">;

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
            <ResourceLink {...event.resource} /> <span className="quiet">{summaryOf(event)}</span>
          </span>
        </li>
      ))}
    </ol>
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
