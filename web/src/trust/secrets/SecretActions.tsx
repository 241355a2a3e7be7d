import { Button, List, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { parseLabels } from "../../components/labelText";
import { notifyDone } from "../../components/notify";
import { text } from "../../text";
import { changeSecret, deleteSecret, type Secret, setSecretValue } from "./requests";
import { NO_VALUE, ValueField } from "./ValueField";

/** What can be done with a secret, for whoever may. `tag`: of the secret as it is shown. */
export function SecretActions({ secret, tag }: { secret: Secret; tag: string }) {
  const access = useAccess();
  const navigate = useNavigate();
  const remove = () =>
    confirmDestructive({
      title: text.secrets.deleteTitle(secret.name),
      consequences: <Consequences secret={secret} />,
      confirmLabel: text.common.delete,
      typed: secret.name,
      run: async () => {
        await deleteSecret(secret.id, secret.references.length > 0);
        notifyDone(text.secrets.deleted(secret.name));
        await navigate({ to: "/secrets" });
      },
    });
  return (
    <>
      {access.in("secret:write", secret.workspace) && (
        <>
          <Button
            onClick={() =>
              dialog(text.secrets.newValueTitle(secret.name), (close) => (
                <NewValue secret={secret} tag={tag} close={close} />
              ))
            }
          >
            {text.secrets.newValue}
          </Button>
          <Button
            variant="default"
            onClick={() =>
              dialog(text.secrets.editTitle(secret.name), (close) => (
                <Edit secret={secret} tag={tag} close={close} />
              ))
            }
          >
            {text.secrets.edit}
          </Button>
        </>
      )}
      {access.in("secret:delete", secret.workspace) && (
        <Button variant="default" onClick={remove}>
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

function NewValue({ secret, tag, close }: { secret: Secret; tag: string; close: () => void }) {
  const client = useQueryClient();
  const [value, setValue] = useState(NO_VALUE);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!value.value}
      onDone={close}
      submit={async () => {
        await setSecretValue(secret.id, { value: value.value, encoding: value.encoding }, tag);
        notifyDone(text.secrets.kept(secret.name));
        await client.invalidateQueries({ queryKey: ["secrets"] });
      }}
    >
      <Text size="sm">{text.secrets.newValueText}</Text>
      <ValueField value={value} onChange={setValue} />
    </SendForm>
  );
}

function Edit({ secret, tag, close }: { secret: Secret; tag: string; close: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(secret.name);
  const [description, setDescription] = useState(secret.description);
  const [labels, setLabels] = useState(
    Object.entries(secret.labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(", "),
  );
  const parsed = parseLabels(labels);
  const gone = Object.keys(secret.labels).filter((key) => !(key in parsed.labels));
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim() || parsed.wrong.length > 0}
      onDone={close}
      submit={async () => {
        await changeSecret(
          secret.id,
          {
            ...(name.trim() === secret.name ? {} : { name: name.trim() }),
            description: description.trim(),
            labels: { ...parsed.labels, ...Object.fromEntries(gone.map((key) => [key, null])) },
          },
          tag,
        );
        await client.invalidateQueries({ queryKey: ["secrets"] });
      }}
    >
      <TextInput
        label={text.common.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        spellCheck={false}
        data-autofocus
        description={name === secret.name ? undefined : text.organizations.renameHelp}
      />
      <TextInput
        label={text.common.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <TextInput
        label={text.common.labels}
        description={text.common.labelsHelp}
        value={labels}
        onChange={(event) => setLabels(event.currentTarget.value)}
        error={parsed.wrong[0] && text.common.labelWrong(parsed.wrong[0])}
      />
    </SendForm>
  );
}
