import { Copyable } from "../../components/Copyable";
import { Field, Fields } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/fleet";
import type { NodeDetails } from "./requests";

/** The client certificate that the node proves itself with. */
export function CertificatePanel({ node: { certificate } }: { node: NodeDetails }) {
  if (certificate === null) return null;
  return (
    <Panel title={text.nodes.certificate}>
      <Fields>
        <Field name={text.nodes.certificateEnds}>
          <When at={certificate.not_after} />
        </Field>
        <Field name={text.nodes.certificateIssued}>
          <When at={certificate.issued_at} />
        </Field>
        {certificate.renewed_at && (
          <Field name={text.nodes.certificateRenewed}>
            <When at={certificate.renewed_at} />
          </Field>
        )}
        <Field name={text.nodes.certificateSerial}>
          <Copyable value={certificate.serial} what={text.nodes.certificateSerial} />
        </Field>
        {certificate.fingerprint && (
          <Field name={text.nodes.certificateFingerprint}>
            <Copyable
              value={certificate.fingerprint}
              shown={`${certificate.fingerprint.slice(0, 23)}…`}
              what={text.nodes.certificateFingerprint}
            />
          </Field>
        )}
      </Fields>
    </Panel>
  );
}
