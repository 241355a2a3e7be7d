import { Status } from "../../components/Status";
import { text } from "../../text/edge";
import type { Certificate } from "./requests";

/** Red once it has ended; with an order that fails it says so. */
export function CertificateState({ certificate }: { certificate: Certificate }) {
  const { state, issuance } = certificate;
  if (issuance?.state === "failing") return <Status state="failed" word={text.certificates.failing} />;
  if (state === "expired") return <Status state="down" word={text.certificates.states.expired} />;
  return <Status state={state} word={text.certificates.states[state]} />;
}
