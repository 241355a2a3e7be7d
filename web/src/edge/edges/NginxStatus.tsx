import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import type { EdgeDetails } from "./requests";

const TONES = { running: "ok", stopped: "down", absent: "failed", unknown: "queued" };

/** Whether nginx runs, and which. */
export function NginxStatus({ edge }: { edge: Pick<EdgeDetails, "nginx" | "nginx_version"> }) {
  const { nginx, nginx_version: version } = edge;
  return (
    <>
      <Status state={TONES[nginx]} word={text.edges.states[nginx]} />
      {version && <span className="quiet"> {version}</span>}
    </>
  );
}
