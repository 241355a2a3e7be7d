import { useSyncExternalStore } from "react";
import { text } from "../text";
import { exact, relative } from "./time";

const TICK_MS = 1000;
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const watching = new Set<() => void>();

/** One clock for all times on the page; it stands while none is shown. */
function subscribe(onTick: () => void): () => void {
  watching.add(onTick);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of watching) each();
  }, TICK_MS);
  return () => {
    watching.delete(onTick);
    if (watching.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The text changes, and only then is anything drawn. */
function useRelative(at: Date): string {
  return useSyncExternalStore(subscribe, () => relative(at, timer === undefined ? new Date() : now));
}

function Moment({ at }: { at: Date }) {
  const shown = useRelative(at);
  // A table has hundreds of these: the exact moment is put into words when somebody points at one.
  const explain = (event: { currentTarget: HTMLElement }) => {
    event.currentTarget.title = exact(at);
  };
  return (
    <time dateTime={at.toISOString()} onMouseEnter={explain}>
      {shown}
    </time>
  );
}

/** A moment of the API (RFC 3339) relative to now, the exact one on hover; `absent` where there is none. */
export function When({ at, absent = text.common.never }: { at: string | null | undefined; absent?: string }) {
  return at ? <Moment at={new Date(at)} /> : <span className="quiet">{absent}</span>;
}
