/** "tier=gold, zone=a" as pairs; words that are no pair are given back. */
export function parseLabels(written: string): { labels: Record<string, string>; wrong: string[] } {
  const labels: Record<string, string> = {};
  const wrong: string[] = [];
  for (const part of written
    .split(",")
    .map((piece) => piece.trim())
    .filter(Boolean)) {
    const at = part.indexOf("=");
    if (at <= 0) wrong.push(part);
    else labels[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return { labels, wrong };
}
