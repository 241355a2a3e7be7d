import { ActionIcon, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/errors";
import type { Schema } from "../../api/types";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text";
import { deletePasskey, passkeyOptions, registerPasskey, renamePasskey } from "./factorRequests";
import { factorsQuery } from "./requests";
import { CodesShownOnce } from "./TotpPanel";

type Passkey = Schema<"PasskeyView">;

/** One's passkeys. */
export function PasskeysPanel() {
  const { data, error } = useQuery(factorsQuery("me"));
  const add = () => dialog(text.account.addPasskey.replace("…", ""), (close) => <AddPasskey close={close} />);
  return (
    <Panel
      title={text.account.passkeys}
      aside={
        <Button variant="default" onClick={add}>
          {text.account.addPasskey}
        </Button>
      }
    >
      {error && <Failure error={error} />}
      {data?.passkeys.length === 0 && <span className="quiet">{text.account.noPasskeys}</span>}
      <Stack gap="xs">
        {data?.passkeys.map((passkey) => (
          <Line key={passkey.id} passkey={passkey} />
        ))}
      </Stack>
    </Panel>
  );
}

function Line({ passkey }: { passkey: Passkey }) {
  const client = useQueryClient();
  const remove = () =>
    confirmDestructive({
      title: text.account.deletePasskeyTitle(passkey.name),
      consequences: text.account.deletePasskeyText,
      confirmLabel: text.common.delete,
      run: async () => {
        await deletePasskey(passkey.id);
        await client.invalidateQueries({ queryKey: ["users"] });
      },
    });
  const rename = () =>
    dialog(text.account.renamePasskey(passkey.name), (close) => <Rename passkey={passkey} close={close} />);
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <div>
        <strong>{passkey.name}</strong>{" "}
        <Text span size="sm" className="quiet">
          {text.users.lastUsed} <When at={passkey.last_used_at} />
          {passkey.backed_up && `, ${text.account.synced}`}
        </Text>
      </div>
      <Group gap={2} wrap="nowrap">
        <ActionIcon aria-label={text.account.renamePasskey(passkey.name)} onClick={rename}>
          <IconPencil size={16} />
        </ActionIcon>
        <ActionIcon aria-label={text.account.deletePasskey(passkey.name)} onClick={remove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}

function Rename({ passkey, close }: { passkey: Passkey; close: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(passkey.name);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim()}
      onDone={close}
      submit={async () => {
        await renamePasskey(passkey.id, name.trim());
        await client.invalidateQueries({ queryKey: ["users"] });
      }}
    >
      <TextInput
        label={text.account.passkeyName}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
    </SendForm>
  );
}

/** Asks the device for a passkey, and the control plane to know it. Raises ApiError. */
async function addPasskey(name: string): Promise<string[]> {
  const { state, options } = await passkeyOptions();
  const { browserSupportsWebAuthn, startRegistration } = await import("@simplewebauthn/browser");
  const refused = (message: string, cause?: unknown) =>
    Object.assign(new ApiError({ status: 400, code: "PASSKEY_CANCELLED", message }), { cause });
  if (!browserSupportsWebAuthn()) throw refused(text.account.passkeyUnsupported);
  const credential = await startRegistration({ optionsJSON: options as never }).catch((cause: unknown) => {
    throw refused(text.account.passkeyCancelled, cause);
  });
  return (await registerPasskey(state, credential, name)).recovery_codes;
}

function AddPasskey({ close }: { close: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [codes, setCodes] = useState<string[]>([]);
  if (codes.length > 0) return <CodesShownOnce codes={codes} close={close} />;
  return (
    <SendForm
      submitLabel={text.account.passkeyGoOn}
      disabled={!name.trim()}
      submit={async () => {
        const made = await addPasskey(name.trim());
        notifyDone(text.account.passkeyAdded);
        await client.invalidateQueries({ queryKey: ["users"] });
        if (made.length > 0) setCodes(made);
        else close();
      }}
    >
      <TextInput
        label={text.account.passkeyName}
        description={text.account.passkeyNameHelp}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
    </SendForm>
  );
}
