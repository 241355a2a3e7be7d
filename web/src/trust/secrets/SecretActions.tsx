import { Button, List, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { useRemove } from "../../components/collection/changes";
import { DialogButton } from "../../components/dialog";
import { trimmed } from "../../components/form";
import { DescriptionField, NameField } from "../../components/formFields";
import { LabelsField } from "../../components/LabelsField";
import { labelChanges, labelText, parseLabels } from "../../components/labelText";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/trust";
import { type Secret, secrets, setSecretValue } from "./requests";
import { NO_VALUE } from "./secretValue";
import { ValueField } from "./ValueField";

interface Shown {
  secret: Secret;
  /** Of the secret as it is shown. */
  tag: string;
}

/** What can be done with a secret, for whoever may. */
export function SecretActions({ secret, tag }: Shown) {
  const access = useAccess();
  const remove = useRemove(secrets);
  const { name } = secret;
  return (
    <>
      {access.in("secret:write", secret.workspace) && (
        <>
          <DialogButton
            variant="filled"
            label={text.secrets.newValue}
            title={text.secrets.newValueTitle(name)}
          >
            {(close) => <NewValue secret={secret} tag={tag} close={close} />}
          </DialogButton>
          <DialogButton label={text.secrets.edit} title={text.secrets.editTitle(name)}>
            {(close) => <Edit secret={secret} tag={tag} close={close} />}
          </DialogButton>
        </>
      )}
      {access.in("secret:delete", secret.workspace) && (
        <Button
          variant="default"
          onClick={() =>
            remove(
              secret.id,
              {
                title: text.secrets.deleteTitle(name),
                consequences: <Consequences secret={secret} />,
                typed: name,
                done: text.secrets.deleted(name),
              },
              { force: secret.references.length > 0 },
            )
          }
        >
          {text.secrets.delete}
        </Button>
      )}
    </>
  );
}

function Consequences({ secret }: { secret: Secret }) {
  return (
    <>
      <Text size="sm">{text.secrets.deleteText}</Text>
      {secret.references.length > 0 && (
        <>
          <Text size="sm" fw={500} mt="xs">
            {text.secrets.deleteUsed}
          </Text>
          <List size="sm">
            {secret.references.map((use) => (
              <List.Item key={`${use.resource_id}/${use.field}`}>
                {use.resource_kind} {use.resource_id}
              </List.Item>
            ))}
          </List>
        </>
      )}
    </>
  );
}

function NewValue({ secret, tag, close }: Shown & { close: () => void }) {
  const [typed, setTyped] = useState(NO_VALUE);
  const { value, encoding } = typed;
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!value}
      onDone={close}
      submit={async () => {
        await setSecretValue(secret.id, { value, encoding }, tag);
        notifyDone(text.secrets.valueSet(secret.name));
      }}
    >
      <Text size="sm">{text.secrets.newValueText}</Text>
      <ValueField value={typed} onChange={setTyped} />
    </SendForm>
  );
}

function Edit({ secret, tag, close }: Shown & { close: () => void }) {
  const form = useForm({
    initialValues: {
      name: secret.name,
      description: secret.description,
      labels: labelText(secret.labels),
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
        const renamed = name === secret.name ? {} : { name };
        return secrets.change(
          secret.id,
          { ...renamed, description, labels: labelChanges(secret.labels, labels) },
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
