import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { queryClient } from "../api/queries";
import type { Event } from "../api/types";
import { forgetUnreachable } from "../components/notify";
import { affectedBy, affectedByProgress, isLoad } from "./affected";
import { EventStream, type StreamState } from "./stream";

export type LiveState = StreamState | "off";

/** Events within this time are dealt with together. */
const GATHER_MS = 150;
const State = createContext<LiveState>("connecting");
const RetryAt = createContext(0);
let stream: EventStream | null = null;
const watchers = new Set<(event: Event) => void>();

export function useLiveState(): LiveState {
  return useContext(State);
}

/** When the control plane is asked again (milliseconds since 1970), while it is away. */
export function useRetryAt(): number {
  return useContext(RetryAt);
}

/** Tries again at once, while the control plane is away. */
export function retryNow(): void {
  stream?.tryNow();
}

/** Calls `onEvent` with every event as it comes. What an event makes stale is asked for again without this. */
export function useEvents(onEvent: (event: Event) => void): void {
  useEffect(() => {
    watchers.add(onEvent);
    return () => {
      watchers.delete(onEvent);
    };
  }, [onEvent]);
}

/** Follows the changes after `cursor`, and asks again for what they make stale: once for events that come together. */
export function LiveProvider({ cursor, children }: { cursor: number | null; children: ReactNode }) {
  const [state, setState] = useState<LiveState>(cursor === null ? "off" : "connecting");
  const [retryAt, setRetryAt] = useState(0);
  useEffect(() => {
    if (cursor === null) return;
    const gathered = new Set<string>();
    const progressed = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let before: StreamState = "connecting";
    const flush = () => {
      timer = undefined;
      const collections = affectedByProgress(progressed);
      if (gathered.size > 0) for (const collection of affectedBy(gathered)) collections.add(collection);
      gathered.clear();
      progressed.clear();
      void queryClient.invalidateQueries({
        predicate: ({ queryKey }) => collections.has(String(queryKey[0])),
      });
    };
    const followed = new EventStream(
      {
        onEvent: (event) => {
          gathered.add(event.resource.kind);
          timer ??= setTimeout(flush, GATHER_MS);
          for (const watcher of watchers) watcher(event);
        },
        onProgress: (event) => {
          progressed.add(event.resource.kind);
          timer ??= setTimeout(flush, GATHER_MS);
        },
        onPulse: () => {
          if (document.visibilityState === "hidden") return;
          void queryClient.invalidateQueries({ predicate: ({ queryKey }) => isLoad(String(queryKey[0])) });
        },
        onReset: () => void queryClient.invalidateQueries(),
        onRetry: setRetryAt,
        onState: (next) => {
          // Requests that failed, and changes without an event, while the control plane was away.
          if (before === "lost" && next === "open") {
            forgetUnreachable();
            void queryClient.invalidateQueries();
          }
          before = next;
          setState(next);
        },
      },
      cursor,
    );
    stream = followed;
    followed.start();
    return () => {
      clearTimeout(timer);
      followed.stop();
    };
  }, [cursor]);
  return (
    <State value={state}>
      <RetryAt value={retryAt}>{children}</RetryAt>
    </State>
  );
}
