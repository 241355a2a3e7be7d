// What the dashboard and the editor's frame say to each other (window.postMessage, both of one origin).

export type Severity = "error" | "warning" | "hint";

/** Lines and columns count from 1; without a line it is about the whole text. */
export interface Problem {
  message: string;
  line?: number;
  column?: number;
  severity: Severity;
}

/** What is offered while somebody types: a directive of nginx, or a value of a template. */
export interface Offered {
  name: string;
  kind: "directive" | "value";
  detail?: string;
}

/** How the editor is to be now; sent whenever something of it is other than before. */
export interface Shown {
  kind: "show";
  /** What the text is called by a screen reader. */
  label: string;
  text: string;
  /** Counts the texts that the dashboard has set. With the same number the editor keeps what was typed since: that is
   * on its way to the dashboard. */
  textNumber: number;
  /** Another text of which the differences to `text` are shown. */
  original?: string;
  language: "nginx" | "plain";
  readOnly: boolean;
  dark: boolean;
  /** Two texts beside each other; else one below the other, line by line. */
  sideBySide: boolean;
  problems: Problem[];
  offered: Offered[];
}

export interface Reveal {
  kind: "reveal";
  line: number;
  column?: number;
}

export type ToFrame = Shown | Reveal;

export type FromFrame =
  | { kind: "ready" }
  | { kind: "text"; text: string }
  /** In CSS pixels, of the whole text. */
  | { kind: "height"; height: number }
  /** Ctrl+S or Command+S was pressed. */
  | { kind: "save" };

const FROM_FRAME = new Set(["ready", "text", "height", "save"]);

export function isFromFrame(data: unknown): data is FromFrame {
  return typeof data === "object" && data !== null && FROM_FRAME.has((data as { kind?: string }).kind ?? "");
}
