import { useDocumentTitle } from "@mantine/hooks";
import { useSyncExternalStore } from "react";
import { text } from "../text";
import classes from "./controlPlane.module.css";

/** What people call this control plane, and its color: so that it is not taken for another one. */
export interface Mark {
  name: string;
  color: string;
}

// White words on each have a contrast of 4.5 at least (WCAG 2.1, 1.4.3).
const COLORS: Record<string, string> = {
  blue: "#1763b3",
  green: "#1a7f45",
  amber: "#8a5a0a",
  red: "#b3261e",
  violet: "#6b3fb5",
};
const NO_COLOR = "#1f5fbf";

let mark: Mark = { name: "", color: "none" };
const listeners = new Set<() => void>();

/** The control plane says what it is called: at the sign-in, and to whoever is signed in. */
export function tellControlPlane({ name = "", color = "none" }: Partial<Mark>): void {
  if (name === mark.name && color === mark.color) return;
  mark = { name, color };
  tint(COLORS[mark.color] ?? NO_COLOR);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useControlPlane(): Mark {
  return useSyncExternalStore(subscribe, () => mark);
}

/** Names the document. The control plane's name, or else its host, tells tabs of several apart. */
export function useTitle(title: string): void {
  const { name } = useControlPlane();
  useDocumentTitle(`${title} · ${name || location.host} · ${text.common.product}`);
}

/** The icon of the tab, in the color of the control plane. */
function tint(color: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return;
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="${color}"/><path d="M4 12V4h1.6l4.8 5.4V4H12v8h-1.6L5.6 6.6V12z" fill="#fff"/></svg>`;
  link.href = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}

/** Which control plane this is: its name in its color, or else its host. */
export function ControlPlaneName() {
  const { name, color } = useControlPlane();
  const background = COLORS[color];
  return (
    <span
      className={`${classes.name} ${background ? classes.colored : "quiet"} truncate`}
      style={background ? { backgroundColor: background } : undefined}
      title={name ? `${name} · ${location.host}` : location.host}
    >
      {name || location.host}
    </span>
  );
}

/** A line in the color of the control plane, along the top of the page. */
export function ControlPlaneLine() {
  const background = COLORS[useControlPlane().color];
  return background ? <div className={classes.line} style={{ backgroundColor: background }} /> : null;
}
