import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import type { EdgeDetails } from "./requests";

type Marked = Pick<EdgeDetails, "state" | "applied" | "shared" | "servers_down" | "drifted">;

/** What somebody should look at: as states with their words. */
export function marksOf(edge: Marked): { state: string; word: string }[] {
  const { serversDown, drifted, notApplied } = text.edges;
  const marks: { state: string; word: string }[] = [];
  if (edge.state !== "Online") marks.push({ state: edge.state, word: edge.state });
  if (edge.servers_down > 0) marks.push({ state: "down", word: serversDown(edge.servers_down) });
  if (edge.drifted > 0) marks.push({ state: "Degraded", word: drifted(edge.drifted) });
  if (!edge.applied && !edge.shared && edge.state === "Online")
    marks.push({ state: "queued", word: notApplied });
  return marks;
}

export function EdgeMarks({ edge }: { edge: Marked }) {
  return marksOf(edge).map(({ state, word }) => (
    <span key={word}>
      <Status state={state} word={word} />{" "}
    </span>
  ));
}
