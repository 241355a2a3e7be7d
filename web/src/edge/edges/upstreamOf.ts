/** The upstream whose block on an edge has this name: its id without dashes. Others are a virtual host's own. */
export function upstreamOf<One extends { id: string }>(
  block: string,
  known: readonly One[],
): One | undefined {
  return known.find(({ id }) => block === `upstream_${id.replaceAll("-", "")}`);
}
