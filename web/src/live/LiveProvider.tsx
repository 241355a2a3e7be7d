import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { Event } from "../api/types";
import { affectedBy, isLoad } from "./affected";
import { EventStream, type StreamState } from "./stream";

export type LiveState = StreamState | "off";

const GATHER_MS = 150;
const State = createContext<LiveState>("connecting");
const watchers = new Set<(event: Event) => void>();

export function useLiveState(): LiveState {
  return useContext(State);
}

/** Every event as it comes, for what is more than asking anew. */
export function useEvents(onEvent: (event: Event) => void): void {
  useEffect(() => {
    watchers.add(onEvent);
    return () => {
      watchers.delete(onEvent);
    };
  }, [onEvent]);
}

/** Follows the control plane from `cursor`; what an event concerns is asked for anew, events that come together once. */
export function LiveProvider({ cursor, children }: { cursor: number | null; children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>(cursor === null ? "off" : "connecting");
  useEffect(() => {
    if (cursor === null) return;
    const gathered = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let before: StreamState = "connecting";
    const flush = () => {
      timer = undefined;
      const collections = affectedBy(gathered);
      gathered.clear();
      void client.invalidateQueries({ predicate: ({ queryKey }) => collections.has(String(queryKey[0])) });
    };
    const stream = new EventStream(
      {
        onEvent: (event) => {
          gathered.add(event.resource.kind);
          timer ??= setTimeout(flush, GATHER_MS);
          for (const watcher of watchers) watcher(event);
        },
        onPulse: () => {
          if (document.visibilityState === "hidden") return;
          void client.invalidateQueries({ predicate: ({ queryKey }) => isLoad(String(queryKey[0])) });
        },
        onReset: () => void client.invalidateQueries(),
        onState: (next) => {
          // What failed while nobody answered, or came without an event, is asked for once they do again.
          if (before === "lost" && next === "open") void client.invalidateQueries();
          before = next;
          setState(next);
        },
      },
      cursor,
    );
    stream.start();
    return () => {
      clearTimeout(timer);
      stream.stop();
    };
  }, [client, cursor]);
  return <State.Provider value={state}>{children}</State.Provider>;
}
