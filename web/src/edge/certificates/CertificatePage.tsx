import { Alert, List, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field, Fields, OrNone } from "../../components/Fields";
import { Labels } from "../../components/Labels";
import { Panel } from "../../components/PageFrame";
import { PanelRows } from "../../components/PanelRows";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import { ObjectLink } from "../objects/Notes";
import { CertificateActions } from "./CertificateActions";
import { CertificateState } from "./CertificateState";
import { type Certificate, certificates, versionsQuery } from "./requests";

const words = text.certificates;

export function CertificatePage() {
  return (
    <ResourcePage
      of={certificates}
      listTitle={words.title}
      title={({ name }) => name}
      actions={(certificate, tag) => <CertificateActions certificate={certificate} tag={tag} />}
    >
      {(certificate) => (
        <>
          <Trouble certificate={certificate} />
          <div className="columns">
            <About certificate={certificate} />
            <div className="stack">
              <Issued certificate={certificate} />
              <Ordered certificate={certificate} />
              <Uses certificate={certificate} />
            </div>
          </div>
          {certificate.version > 0 && <Versions certificate={certificate} />}
        </>
      )}
    </ResourcePage>
  );
}

function Trouble({ certificate: { issuance } }: { certificate: Certificate }) {
  if (!issuance?.problem) return null;
  return (
    <Alert color="red" title={words.notIssued(issuance.attempts)}>
      <Text size="sm">{issuance.problem}</Text>
      {issuance.next_attempt_at && (
        <Text size="sm">
          {words.nextAttempt} <When at={issuance.next_attempt_at} />
        </Text>
      )}
    </Alert>
  );
}

function About({ certificate }: { certificate: Certificate }) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={certificate.id} what={text.common.id} />
        </Field>
        <Field name={text.common.workspace}>{certificate.workspace}</Field>
        <Field name={text.common.description}>
          <OrNone value={certificate.description} />
        </Field>
        <Field name={text.common.labels}>
          <Labels labels={certificate.labels} list="/certificates" />
        </Field>
        <Field name={text.common.created}>
          <When at={certificate.created_at} />, {certificate.created_by}
        </Field>
      </Fields>
    </Panel>
  );
}

function Issued({ certificate }: { certificate: Certificate }) {
  if (certificate.version === 0) return null;
  return (
    <Panel title={words.certificate}>
      <Fields>
        <Field name={text.common.state}>
          <CertificateState certificate={certificate} />
        </Field>
        <Field name={words.names}>{certificate.names.join(", ")}</Field>
        <Field name={words.from}>
          <When at={certificate.not_before} />
        </Field>
        <Field name={words.until}>
          <When at={certificate.not_after} />
        </Field>
        <Field name={words.issuer}>{certificate.issuer}</Field>
        <Field name={words.key}>{certificate.key_type}</Field>
        <Field name={words.serial}>
          <Copyable value={certificate.serial} what={words.serial} />
        </Field>
        <Field name={words.fingerprint}>
          <Copyable value={certificate.fingerprint} what={words.fingerprint} />
        </Field>
      </Fields>
    </Panel>
  );
}

function Ordered({ certificate: { issuance } }: { certificate: Certificate }) {
  if (!issuance) return null;
  return (
    <Panel title={words.orderTitle}>
      <Fields>
        <Field name={text.common.state}>{words.issuanceStates[issuance.state]}</Field>
        <Field name={words.domains}>{issuance.domains.join(", ")}</Field>
        <Field name={words.challenge}>{issuance.challenge}</Field>
        <Field name={words.keyType}>{words.keyTypes[issuance.key_type]}</Field>
        <Field name={words.renewAt}>
          <When at={issuance.renew_at} absent={words.onceIssued} />
        </Field>
      </Fields>
    </Panel>
  );
}

function Uses({ certificate }: { certificate: Certificate }) {
  return (
    <Panel title={text.objects.usedBy}>
      {certificate.used_by.length === 0 ? (
        <span className="quiet">{text.objects.notUsed}</span>
      ) : (
        <List size="sm">
          {certificate.used_by.map(({ kind, id, name }) => (
            <List.Item key={id}>
              <ObjectLink kind={kind} id={id} name={name} />
            </List.Item>
          ))}
        </List>
      )}
    </Panel>
  );
}

function Versions({ certificate }: { certificate: Certificate }) {
  const query = useQuery(versionsQuery(certificate.id));
  return (
    <Panel flush title={text.versions.title} aside={<span className="quiet">{words.versionsText}</span>}>
      <PanelRows query={query} rows={query.data} empty={text.common.none}>
        {(version) => (
          <Table.Tr key={version.number}>
            <Table.Td>
              {version.number} {version.current && <strong>{text.versions.current}</strong>}
            </Table.Td>
            <Table.Td>
              {words.until}: <When at={version.not_after} />
            </Table.Td>
            <Table.Td visibleFrom="sm">{version.issuer}</Table.Td>
            <Table.Td visibleFrom="md" className="mono">
              {version.serial}
            </Table.Td>
            <Table.Td visibleFrom="sm" className="quiet">
              <When at={version.created_at} />, {version.created_by}
            </Table.Td>
          </Table.Tr>
        )}
      </PanelRows>
    </Panel>
  );
}
