import { ActionIcon, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/errors";
import type { Schema } from "../../api/types";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton, dialog } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { SendForm } from "../../components/SendForm";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { deletePasskey, passkeyOptions, registerPasskey, renamePasskey } from "./ownFactors";
import { RecoveryCodes } from "./RecoveryCodes";
import { factorsQuery } from "./requests";

type Passkey = Schema<"PasskeyView">;

/** One's passkeys. */
export function PasskeysPanel() {
  const { data, error } = useQuery(factorsQuery("me"));
  return (
    <Panel
      title={text.account.passkeys}
      aside={
        <DialogButton label={text.account.addPasskey} title={text.account.addPasskeyTitle}>
          {(close) => <AddPasskey close={close} />}
        </DialogButton>
      }
    >
      {error && <Failure error={error} />}
      {data?.passkeys.length === 0 && <span className="quiet">{text.account.noPasskeys}</span>}
      <Stack gap="xs">
        {data?.passkeys.map((passkey) => (
          <PasskeyLine key={passkey.id} passkey={passkey} />
        ))}
      </Stack>
    </Panel>
  );
}

function PasskeyLine({ passkey }: { passkey: Passkey }) {
  const { name } = passkey;
  const remove = () =>
    confirmDestructive({
      title: text.account.deletePasskeyTitle(name),
      consequences: text.account.deletePasskeyText,
      confirmLabel: text.common.delete,
      run: () => deletePasskey(passkey.id),
    });
  const rename = () =>
    dialog(text.account.renamePasskey(name), (close) => <Rename passkey={passkey} close={close} />);
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <div>
        <strong>{name}</strong>{" "}
        <Text span size="sm" className="quiet">
          {text.users.lastUsed} <When at={passkey.last_used_at} />
          {passkey.backed_up && `, ${text.account.synced}`}
        </Text>
      </div>
      <Group gap={2} wrap="nowrap">
        <ActionIcon aria-label={text.account.renamePasskey(name)} onClick={rename}>
          <IconPencil size={16} />
        </ActionIcon>
        <ActionIcon aria-label={text.account.deletePasskey(name)} onClick={remove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}

function Rename({ passkey, close }: { passkey: Passkey; close: () => void }) {
  const [name, setName] = useState(passkey.name);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim()}
      onDone={close}
      submit={() => renamePasskey(passkey.id, name.trim())}
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

/** Has the device make a passkey, and registers it. Answers new recovery codes, if any. Raises ApiError. */
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
  const [name, setName] = useState("");
  const [recoveryCodes, setRecoveryCodes] = useState<string[]>([]);
  if (recoveryCodes.length > 0) return <RecoveryCodes codes={recoveryCodes} close={close} />;
  return (
    <SendForm
      submitLabel={text.account.passkeyGoOn}
      disabled={!name.trim()}
      submit={async () => {
        const codes = await addPasskey(name.trim());
        notifyDone(text.account.passkeyAdded);
        if (codes.length > 0) setRecoveryCodes(codes);
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
