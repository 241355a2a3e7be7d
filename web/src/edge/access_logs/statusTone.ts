/** How the class of a status looks: what failed is seen before it is read. */
export function toneOf(status: number): string {
  if (status >= 500) return "failed";
  if (status >= 400) return "Degraded";
  return status >= 200 ? "ok" : "idle";
}
