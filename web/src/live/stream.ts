import { isApiError } from "../api/errors";
import { accessToken, renew } from "../api/session";
import type { Event } from "../api/types";

// The control plane's stream of changes, resumed from the last cursor for as long as somebody is signed in. Nothing
// here polls while it is connected; while it is not, it tries again after 0.5 s, 1 s, 2 s ... 10 s with jitter, and
// at once when the browser says that the network or the page is back.

export type StreamState = "connecting" | "open" | "lost";

type Message =
  | ({ type: "event"; cursor: number } & Event)
  | ({ type: "progress"; cursor: number } & Event)
  | { type: "ready" | "heartbeat" | "pulse" | "reset"; cursor: number };

export interface StreamHandlers {
  onEvent: (event: Event) => void;
  /** Changes may have been missed: everything on the page is stale. */
  onReset: () => void;
  /** Nodes have reported their load, which makes no event. */
  onPulse: () => void;
  /** Something has come further: no event, and not kept by the control plane. */
  onProgress: (event: Event) => void;
  onState: (state: StreamState) => void;
  /** When it tries again (milliseconds since 1970). */
  onRetry: (at: number) => void;
}

const SUBPROTOCOL = "nimbus.events.v1";
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
/** A heartbeat comes every 20 s; a connection that is silent for longer than this is taken for dead. */
const SILENCE_MS = 45_000;
/** As often as a node sends a heartbeat. */
const PULSE_S = 10;
const SIGNED_OUT = 4401;

/** Milliseconds to wait before attempt `attempt` (from 0); `random` is from 0 to 1. */
export function retryDelay(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
  return longest / 2 + (longest / 2) * random;
}

export class EventStream {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private hasBeenOpen = false;

  constructor(
    private readonly handlers: StreamHandlers,
    private cursor: number,
  ) {}

  start(): void {
    window.addEventListener("online", this.tryNow);
    document.addEventListener("visibilitychange", this.tryNow);
    void this.connect();
  }

  stop(): void {
    this.closed = true;
    window.removeEventListener("online", this.tryNow);
    document.removeEventListener("visibilitychange", this.tryNow);
    clearTimeout(this.retryTimer);
    clearTimeout(this.silenceTimer);
    this.socket?.close();
  }

  readonly tryNow = (): void => {
    if (this.closed || this.socket !== null || document.visibilityState === "hidden") return;
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    void this.connect();
  };

  private async connect(): Promise<void> {
    this.handlers.onState(this.hasBeenOpen ? "lost" : "connecting");
    let token: string;
    try {
      token = await accessToken();
    } catch (error) {
      if (isApiError(error) && error.status === 401) return; // signed out: the page shows that
      this.retryLater();
      return;
    }
    if (this.closed || this.socket !== null) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = `after=${this.cursor}&pulse=${PULSE_S}`;
    const address = `${scheme}://${location.host}/api/v1/events?${query}`;
    const socket = new WebSocket(address, [SUBPROTOCOL, `bearer.${token}`]);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => this.receive(JSON.parse(data as string) as Message));
    socket.addEventListener("close", ({ code }) => {
      if (this.socket !== socket) return;
      this.socket = null;
      clearTimeout(this.silenceTimer);
      if (code === SIGNED_OUT) void renew(token).catch(() => undefined);
      this.retryLater();
    });
    this.expectSomething();
  }

  private receive(message: Message): void {
    this.expectSomething();
    this.cursor = message.cursor;
    if (message.type === "ready") {
      this.attempt = 0;
      this.hasBeenOpen = true;
      this.handlers.onState("open");
    } else if (message.type === "event") {
      this.handlers.onEvent(message);
    } else if (message.type === "progress") {
      this.handlers.onProgress(message);
    } else if (message.type === "pulse") {
      this.handlers.onPulse();
    } else if (message.type === "reset") {
      this.handlers.onReset();
    }
  }

  private expectSomething(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => this.socket?.close(), SILENCE_MS);
  }

  private retryLater(): void {
    if (this.closed) return;
    this.handlers.onState(this.hasBeenOpen ? "lost" : "connecting");
    clearTimeout(this.retryTimer);
    const delay = retryDelay(this.attempt, Math.random());
    this.retryTimer = setTimeout(() => void this.connect(), delay);
    this.handlers.onRetry(Date.now() + delay);
    this.attempt += 1;
  }
}
