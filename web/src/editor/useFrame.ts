import { type RefObject, useEffect, useRef, useState } from "react";
import { type FromFrame, isFromFrame, type Reveal, type Shown, type ToFrame } from "./messages";

/** A frame that has not answered by then is taken for one that does not come. */
export const PATIENCE_MS = 15_000;
export type FrameState = "loading" | "ready" | "failed";

export interface Frame {
  ref: RefObject<HTMLIFrameElement | null>;
  state: FrameState;
  /** CSS pixels that the whole text takes; 0 until it is known. */
  height: number;
  reveal: (at: Omit<Reveal, "kind">) => void;
  /** Load it once more. */
  retry: () => void;
  attempt: number;
}

/** Speaks with the editor's frame; it is shown `shown` whenever that is another one. */
export function useFrame(
  shown: Shown,
  onText: (text: string) => void,
  onSave: (() => void) | undefined,
): Frame {
  const ref = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<FrameState>("loading");
  const [height, setHeight] = useState(0);
  const [attempt, setAttempt] = useState(0);
  // The text that the frame has: what it told is not sent back, so that nothing typed meanwhile is lost.
  const there = useRef<string | undefined>(undefined);
  const latest = useRef({ onText, onSave });
  latest.current = { onText, onSave };

  useEffect(() => {
    const take = (message: FromFrame) => {
      if (message.kind === "ready") setState("ready");
      else if (message.kind === "height") setHeight(message.height);
      else if (message.kind === "save") latest.current.onSave?.();
      else {
        there.current = message.text;
        latest.current.onText(message.text);
      }
    };
    const listen = ({ source, origin, data }: MessageEvent) => {
      const isFrame = source === ref.current?.contentWindow && origin === location.origin;
      if (isFrame && isFromFrame(data)) take(data);
    };
    addEventListener("message", listen);
    return () => removeEventListener("message", listen);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt has its time
  useEffect(() => {
    if (state !== "loading") return;
    const timer = setTimeout(() => setState("failed"), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [state, attempt]);

  const send = (message: ToFrame) => ref.current?.contentWindow?.postMessage(message, location.origin);
  const encoded = JSON.stringify(shown);
  const sent = useRef("");
  useEffect(() => {
    if (state !== "ready" || sent.current === encoded) return;
    const next = JSON.parse(encoded) as Shown;
    const before = sent.current === "" ? undefined : (JSON.parse(sent.current) as Shown);
    sent.current = encoded;
    const onlyText = before !== undefined && JSON.stringify({ ...before, text: next.text }) === encoded;
    if (onlyText && next.text === there.current) return;
    there.current = next.text;
    send(next);
  });

  return {
    ref,
    state,
    height,
    attempt,
    reveal: (at) => send({ kind: "reveal", ...at }),
    retry: () => {
      sent.current = "";
      setState("loading");
      setAttempt((count) => count + 1);
    },
  };
}
