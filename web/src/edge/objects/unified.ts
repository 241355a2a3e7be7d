export interface DiffLine {
  kind: "added" | "removed" | "place" | "same";
  text: string;
}

/** The lines of a unified diff; the first two, which name the files, are left out. */
export function diffLines(diff: string): DiffLine[] {
  return diff
    .split("\n")
    .filter((line, at) => !(at < 2 && /^(---|\+\+\+) /.test(line)))
    .map((text) => ({ kind: kindOf(text), text }));
}

function kindOf(line: string): DiffLine["kind"] {
  if (line.startsWith("@@")) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
