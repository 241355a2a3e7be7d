import type { Schema } from "../../api/types";
import { Loaded } from "../../components/Loaded";
import { When } from "../../components/When";
import { text } from "../../text/records";
import { ofEvent, Sentence } from "../sentences";
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
        <li key={event.cursor} className={classes.item} title={event.kind}>
          <span className={`quiet ${classes.when}`}>
            <When at={event.at} />
          </span>
          <span className={classes.what}>
            <Sentence parts={ofEvent(event)} />
          </span>
        </li>
      ))}
    </ol>
  );
}
