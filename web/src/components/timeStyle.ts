import { useSyncExternalStore } from "react";

/** How times are written: as an age, or as the time in the reader's zone or in UTC. */
export const TIME_STYLES = ["relative", "local", "utc"] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

const KEY = "nimbus-times";
const subscribers = new Set<() => void>();

function isStyle(word: string | null): word is TimeStyle {
  return TIME_STYLES.some((style) => style === word);
}

let present: TimeStyle = read();

function read(): TimeStyle {
  const word = localStorage.getItem(KEY);
  return isStyle(word) ? word : "relative";
}

/** This browser remembers it. */
export function setTimeStyle(style: TimeStyle): void {
  present = style;
  localStorage.setItem(KEY, style);
  for (const notify of subscribers) notify();
}

export function useTimeStyle(): TimeStyle {
  return useSyncExternalStore(
    (notify) => {
      subscribers.add(notify);
      return () => subscribers.delete(notify);
    },
    () => present,
  );
}
