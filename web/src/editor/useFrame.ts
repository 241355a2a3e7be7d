import { type RefObject, useEffect, useRef, useState } from "react";
import { type FromFrame, isFromFrame, type Reveal, type Shown, type ToFrame } from "./messages";

/** A frame that has not answered by then is taken for one that does not come. */
export const PATIENCE_MS = 15_000;
export type FrameState = "loading" | "ready" | "failed";

/** The text has its number from here. */
export type Unnumbered = Omit<Shown, "textNumber">;

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
  shown: Unnumbered,
  onText: (text: string) => void,
  onSave: (() => void) | undefined,
): Frame {
  const ref = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<FrameState>("loading");
  const [height, setHeight] = useState(0);
  const [attempt, setAttempt] = useState(0);
  // What the frame has told and has not been drawn here yet, the oldest first: that is not set in the frame again.
  const told = useRef<string[]>([]);
  const number = useRef(0);
  const latest = useRef({ onText, onSave });
  latest.current = { onText, onSave };

  useEffect(() => {
    const take = (message: FromFrame) => {
      if (message.kind === "ready") setState("ready");
      else if (message.kind === "height") setHeight(message.height);
      else if (message.kind === "save") latest.current.onSave?.();
      else {
        told.current.push(message.text);
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
    const isFirst = sent.current === "";
    const before = isFirst ? undefined : (JSON.parse(sent.current) as Unnumbered);
    sent.current = encoded;
    const next = JSON.parse(encoded) as Unnumbered;
    const isTyped = before?.text !== next.text && wasTold(told.current, next.text);
    if (before?.text !== next.text && !isTyped) number.current += 1;
    const onlyText = before !== undefined && JSON.stringify({ ...before, text: next.text }) === encoded;
    if (!(onlyText && isTyped)) send({ ...next, textNumber: number.current });
  });

  return {
    ref,
    state,
    height,
    attempt,
    reveal: (at) => send({ kind: "reveal", ...at }),
    retry: () => {
      sent.current = "";
      told.current = [];
      setState("loading");
      setAttempt((count) => count + 1);
    },
  };
}

/** Takes it out, with what was told before it. */
function wasTold(told: string[], text: string): boolean {
  const at = told.lastIndexOf(text);
  told.splice(0, at + 1);
  return at >= 0;
}
