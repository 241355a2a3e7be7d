import { isApiError } from "../../api/errors";
import { accessToken, renew } from "../../api/session";
import { filled } from "../../components/collection/searchRows";
import { retryDelay } from "../../live/stream";
import type { LogEntry, LogFilter } from "./requests";

export type FollowState = "connecting" | "open" | "lost";

type Message =
  | { type: "entries"; cursor: string; entries: LogEntry[] }
  | { type: "skipped"; cursor: string; count: number }
  | { type: "ready" | "heartbeat"; cursor: string };

export interface FollowHandlers {
  onEntries: (entries: LogEntry[]) => void;
  onSkipped: (count: number) => void;
  onState: (state: FollowState) => void;
}

const SUBPROTOCOL = "nimbus.events.v1";
const SIGNED_OUT = 4401;

/** Requests as edges answer them, from now on; the connection is made again where it was lost. Answers what ends it. */
export function followLogs(filter: LogFilter, handlers: FollowHandlers): () => void {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [cursor, attempt, hasEnded] = ["", 0, false];

  const connect = async () => {
    let token: string;
    try {
      token = await accessToken();
    } catch (error) {
      if (!(isApiError(error) && error.status === 401)) later();
      return;
    }
    if (hasEnded) return;
    const words = { ...filled({ ...filter }), ...(cursor ? { after: cursor } : {}) };
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = new URLSearchParams(words as Record<string, string>);
    const opened = new WebSocket(`${scheme}://${location.host}/api/v1/access-logs/stream?${query}`, [
      SUBPROTOCOL,
      `bearer.${token}`,
    ]);
    socket = opened;
    opened.addEventListener("message", ({ data }) => receive(JSON.parse(data as string) as Message));
    opened.addEventListener("close", ({ code }) => {
      if (hasEnded) return;
      if (code === SIGNED_OUT) void renew(token).catch(() => undefined);
      later();
    });
  };

  const receive = (message: Message) => {
    cursor = message.cursor;
    if (message.type === "ready") {
      attempt = 0;
      handlers.onState("open");
    } else if (message.type === "entries") {
      handlers.onEntries(message.entries);
    } else if (message.type === "skipped") {
      handlers.onSkipped(message.count);
    }
  };

  const later = () => {
    if (hasEnded) return;
    handlers.onState("lost");
    timer = setTimeout(() => void connect(), retryDelay(attempt, Math.random()));
    attempt += 1;
  };

  void connect();
  return () => {
    hasEnded = true;
    clearTimeout(timer);
    socket?.close();
  };
}
