import { useQuery } from "@tanstack/react-query";
import { api, pageOf } from "../../api/client";
import type { Event } from "../../api/types";
import { Failure } from "../../components/Failure";
import { PageLink } from "../../components/PageLink";
import { When } from "../../components/When";
import { text } from "../../text";
import classes from "./EventList.module.css";

const PAGES: Record<string, (id: string) => string> = {
  node: (id) => `/nodes/${id}`,
  task: (id) => `/tasks/${id}`,
  operation: (id) => `/operations/${id}`,
  user: (id) => `/users/${id}`,
};

export interface EventFilters {
  kind?: string;
  resource_kind?: string;
  resource?: string;
  node?: string;
  workspace?: string;
}

/** The newest events that match, newest first; brought up to date with each that comes. */
export function EventList({ filters, count }: { filters: EventFilters; count: number }) {
  const asked = useQuery({
    queryKey: ["events", "list", filters, count],
    queryFn: () =>
      pageOf(api.GET("/api/v1/events", { params: { query: { ...filters, per_page: count } as never } })),
  });
  if (asked.isError) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data?.rows.length === 0) return <p className="quiet">{text.events.none}</p>;
  return (
    <ol className={classes.list}>
      {asked.data?.rows.map((event) => (
        <li key={event.cursor} className={classes.item}>
          <span className={`quiet ${classes.when}`}>
            <When at={event.at} />
          </span>
          <span className={`mono ${classes.kind}`}>{event.kind}</span>
          <span className={classes.what}>
            <ResourceLink event={event} /> <span className="quiet">{summary(event)}</span>
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
function summary(event: Event): string {
  return Object.entries(event.data)
    .filter(
      ([key, value]) =>
        !key.endsWith("id") && ["string", "number", "boolean"].includes(typeof value) && value !== "",
    )
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(" · ");
}
