import { useEffect, useRef } from "react";
import { recall } from "../components/remembered";

/** Of keys without Ctrl: whoever speaks to the computer, or slips, can switch them off (WCAG 2.1, 2.1.4). */
export const SHORTCUTS_OFF = "shortcuts";
const OVER_THE_PAGE = '[role="dialog"], [role="menu"], [role="listbox"]';
const SEQUENCE_MS = 1500;

export function areShortcutsOn(): boolean {
  return recall(SHORTCUTS_OFF) !== "off";
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  );
}

/** Whether a key means the page: no text, nothing that is open over it, no key of the browser. */
function isForThePage(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.isComposing || event.defaultPrevented || isTyping(event.target)) return false;
  return [...document.querySelectorAll(OVER_THE_PAGE)].every((open) => !open.checkVisibility());
}

/**
 * Runs `commands` by their keys: "?" is one key, "g n" two after each other. Not while somebody types, and not under
 * an open dialog or menu.
 */
export function useShortcuts(commands: Record<string, () => void>): void {
  const latest = useRef(commands);
  latest.current = commands;
  useEffect(() => {
    let first = "";
    let since = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isForThePage(event) || !areShortcutsOn()) return;
      const both = event.timeStamp - since <= SEQUENCE_MS ? `${first} ${event.key}` : event.key;
      const run = latest.current[both] ?? latest.current[event.key];
      [first, since] = run ? ["", 0] : [event.key, event.timeStamp];
      if (!run) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
