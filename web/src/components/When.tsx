import { createContext, useContext, useSyncExternalStore } from "react";
import { text } from "../text";
import { amount, clockTime, exact, local, relative, utc } from "./time";
import { useTimeStyle } from "./timeStyle";

const TICK_MS = 1000;
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const subscribers = new Set<() => void>();

/** One clock for all times on the page; it is stopped while none is shown. */
function subscribe(onTick: () => void): () => void {
  subscribers.add(onTick);
  if (timer === undefined) now = new Date();
  timer ??= setInterval(() => {
    now = new Date();
    for (const notify of subscribers) notify();
  }, TICK_MS);
  return () => {
    subscribers.delete(onTick);
    if (subscribers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** What is made of a time and now; draws only when that text changes. */
function useTicking(at: Date, make: (at: Date, now: Date) => string): string {
  return useSyncExternalStore(subscribe, () => make(at, timer === undefined ? new Date() : now));
}

/** "7 min": how long it is since this time (RFC 3339). */
export function Since({ at }: { at: string }) {
  const time = new Date(at);
  const shown = useTicking(time, (since, present) =>
    amount(Math.max(0, (present.getTime() - since.getTime()) / 1000)),
  );
  return (
    <time dateTime={time.toISOString()} title={exact(time)}>
      {shown}
    </time>
  );
}

/** Whether times say when they are as well: where there is room, so that it can be read without a mouse. */
export const ShowsExact = createContext(false);

function Moment({ at }: { at: Date }) {
  const style = useTimeStyle();
  const showsExact = useContext(ShowsExact);
  const age = useTicking(at, relative);
  // A table has hundreds of these: the exact time is formatted when somebody points at one.
  const explain = (event: { currentTarget: HTMLElement }) => {
    event.currentTarget.title = exact(at);
  };
  const isUtc = style === "utc";
  const long = isUtc ? utc(at) : local(at);
  const [first, second] =
    style === "relative" ? [age, long] : [showsExact ? long : clockTime(at, now, isUtc), age];
  return (
    <time dateTime={at.toISOString()} onMouseEnter={explain}>
      {first}
      {showsExact && <span className="quiet"> · {second}</span>}
    </time>
  );
}

/** A time (RFC 3339) relative to now, the exact one on hover and beside it in fields; `absent` where there is none. */
export function When({ at, absent = text.common.never }: { at: string | null | undefined; absent?: string }) {
  return at ? <Moment at={new Date(at)} /> : <span className="quiet">{absent}</span>;
}
