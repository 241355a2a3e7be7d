import { Field } from "../../components/Fields";
import { text } from "../../text/fleet";
import type { Node } from "./requests";

/** Port and MTU of a node's WireGuard, and what an operator has set where that is another. */
export function WireGuardFields({ node }: { node: Node }) {
  const { listen_port: port, wanted_port: wantedPort, mtu, wanted_mtu: wantedMtu } = node;
  return (
    <>
      {(port || wantedPort > 0) && (
        <Field name={text.nodes.port}>
          {port ? text.nodes.portIs(port, wantedPort) : text.nodes.notHeardYet(wantedPort)}
        </Field>
      )}
      {(mtu || wantedMtu > 0) && (
        <Field name={text.nodes.mtu}>
          {mtu ? text.nodes.mtuIs(mtu, node.mtu_source ?? "", wantedMtu) : text.nodes.notHeardYet(wantedMtu)}
        </Field>
      )}
    </>
  );
}
