import { createContext, useContext, useSyncExternalStore } from "react";
import { text } from "../text";
import { exact, local, relative } from "./time";

const TICK_MS = 1000;
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const subscribers = new Set<() => void>();

/** One clock for all times on the page; it is stopped while none is shown. */
function subscribe(onTick: () => void): () => void {
  subscribers.add(onTick);
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

/** How long ago, or until, a time is; draws only when that text changes. */
function useRelative(at: Date): string {
  return useSyncExternalStore(subscribe, () => relative(at, timer === undefined ? new Date() : now));
}

/** Whether times say when they are as well: where there is room, so that it can be read without a mouse. */
export const ShowsExact = createContext(false);

function Moment({ at }: { at: Date }) {
  const shown = useRelative(at);
  const showsExact = useContext(ShowsExact);
  // A table has hundreds of these: the exact time is formatted when somebody points at one.
  const explain = (event: { currentTarget: HTMLElement }) => {
    event.currentTarget.title = exact(at);
  };
  return (
    <time dateTime={at.toISOString()} onMouseEnter={explain}>
      {shown}
      {showsExact && <span className="quiet"> · {local(at)}</span>}
    </time>
  );
}

/** A time (RFC 3339) relative to now, the exact one on hover and beside it in fields; `absent` where there is none. */
export function When({ at, absent = text.common.never }: { at: string | null | undefined; absent?: string }) {
  return at ? <Moment at={new Date(at)} /> : <span className="quiet">{absent}</span>;
}
