import { useSyncExternalStore } from "react";

// Small choices of a person that this browser keeps: which of them, their module says. A browser that keeps nothing
// (a private window, a full store) forgets them with the page.
const kept = new Map<string, string>();
const listeners = new Set<() => void>();
const PREFIX = "nimbus.";

export function recall(name: string): string {
  const known = kept.get(name);
  if (known !== undefined) return known;
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

export function remember(name: string, value: string): void {
  kept.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // It holds until the page is closed.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The remembered word, "" for none, and how to change it. */
export function useRemembered(name: string): [string, (value: string) => void] {
  const value = useSyncExternalStore(subscribe, () => recall(name));
  return [value, (next) => remember(name, next)];
}
