import { Button, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { useRemove } from "../../components/collection/changes";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton } from "../../components/dialog";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { labelChanges, labelText, parseLabels } from "../../components/labelText";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/edge";
import { NO_PEM, PemFields } from "./PemFields";
import { type Certificate, certificates, renewCertificate, replaceCertificate } from "./requests";

const words = text.certificates;

interface Shown {
  certificate: Certificate;
  /** Of the certificate as it is shown. */
  tag: string;
}

/** What can be done with a certificate, for whoever may; one that virtual hosts use cannot be deleted. */
export function CertificateActions({ certificate, tag }: Shown) {
  const access = useAccess();
  const remove = useRemove(certificates);
  const { id, name, workspace, issuance } = certificate;
  const inUse = certificate.used_by.length > 0;
  const renew = () =>
    confirmDestructive({
      title: words.renewTitle(name),
      consequences: words.renewText,
      confirmLabel: words.renew,
      run: () => renewCertificate(id),
      done: words.renewing(name),
    });
  return (
    <>
      {access.in("certificate:write", workspace) && (
        <>
          {issuance ? (
            <Button variant="default" onClick={renew}>
              {words.renewDialog}
            </Button>
          ) : (
            <DialogButton label={words.replace} title={words.replaceTitle(name)} size="lg">
              {(close) => <Replace certificate={certificate} close={close} />}
            </DialogButton>
          )}
          <DialogButton label={words.change} title={words.changeTitle(name)}>
            {(close) => <Change certificate={certificate} tag={tag} close={close} />}
          </DialogButton>
        </>
      )}
      {access.in("certificate:delete", workspace) && (
        <Button
          variant="default"
          disabled={inUse}
          title={inUse ? text.objects.inUse : undefined}
          onClick={() =>
            remove(id, {
              title: text.objects.deleteTitle(name),
              consequences: words.deleteText,
              typed: name,
              done: text.objects.deleted(name),
            })
          }
        >
          {text.objects.delete}
        </Button>
      )}
    </>
  );
}

function Replace({ certificate, close }: { certificate: Certificate; close: () => void }) {
  const [pem, setPem] = useState(NO_PEM);
  return (
    <SendForm
      submitLabel={words.replaceNow}
      disabled={!pem.chain || !pem.privateKey}
      onDone={close}
      submit={async () => {
        await replaceCertificate(certificate.id, { chain: pem.chain, private_key: pem.privateKey });
        notifyDone(words.replaced(certificate.name));
      }}
    >
      <Text size="sm">{words.replaceText}</Text>
      <PemFields value={pem} onChange={setPem} />
    </SendForm>
  );
}

function Change({ certificate, tag, close }: Shown & { close: () => void }) {
  const form = useForm({
    initialValues: {
      name: certificate.name,
      description: certificate.description,
      labels: labelText(certificate.labels),
    },
  });
  const { labels, wrong } = parseLabels(form.values.labels);
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!form.values.name.trim() || wrong.length > 0}
      onDone={close}
      submit={() => {
        const { name, description } = trimmed(form.values);
        const renamed = name === certificate.name ? {} : { name };
        return certificates.change(
          certificate.id,
          { ...renamed, description, labels: labelChanges(certificate.labels, labels) },
          tag,
        );
      }}
    >
      <NameField
        description={form.isDirty("name") ? text.common.renameHelp : undefined}
        {...form.getInputProps("name")}
      />
      <DescriptionField {...form.getInputProps("description")} />
      <LabelsField {...form.getInputProps("labels")} value={form.values.labels} />
    </SendForm>
  );
}
