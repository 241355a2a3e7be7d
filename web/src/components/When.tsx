import { Tooltip } from "@mantine/core";
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
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={at.toISOString()}>{shown}</time>
    </Tooltip>
  );
}

/** A moment of the API (RFC 3339) relative to now, the exact one on hover; `absent` where there is none. */
export function When({ at, absent = text.common.never }: { at: string | null | undefined; absent?: string }) {
  return at ? <Moment at={new Date(at)} /> : <span className="quiet">{absent}</span>;
}
