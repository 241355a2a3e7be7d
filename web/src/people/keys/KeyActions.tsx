import { Menu, NativeSelect, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useAccess, useWhoAmI } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { ActionsMenu } from "../../components/ActionsMenu";
import { confirmDestructive } from "../../components/confirm";
import { DialogItem } from "../../components/dialog";
import { durations } from "../../components/durations";
import { NameField } from "../../components/formFields";
import { Loaded } from "../../components/Loaded";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { KeyShownOnce } from "./NewKey";
import { type Key, keys, type NewKey, rotateKey } from "./requests";

/** What can be done with a key, for whoever may: one's own always. */
export function KeyActions({ of: key }: { of: Key }) {
  const access = useAccess();
  const isOwn = useWhoAmI().user?.id === key.user_id;
  const may = (permission: Permission) =>
    isOwn ||
    (key.organization ? access.inOrganization(permission, key.organization) : access.somewhere(permission));
  if (key.state === "revoked" || !(may("key:write") || may("key:delete"))) return null;
  const revoke = () =>
    confirmDestructive({
      title: text.keys.revokeTitle(key.name),
      consequences: text.keys.revokeText,
      confirmLabel: text.common.revoke,
      run: () => keys.remove(key.id),
      done: text.keys.revoked(key.name),
    });
  return (
    <ActionsMenu of={key.name}>
      {may("key:write") && (
        <>
          <DialogItem label={text.keys.rotate} title={text.keys.rotateTitle(key.name)}>
            {(close) => <Rotate of={key} close={close} />}
          </DialogItem>
          <DialogItem label={text.keys.edit} title={text.keys.editTitle(key.name)}>
            {(close) => (
              <Loaded query={{ ...keys.get(key.id), gcTime: 0 }}>
                {({ value, tag }) => <EditKey of={value} tag={tag} close={close} />}
              </Loaded>
            )}
          </DialogItem>
        </>
      )}
      {may("key:delete") && (
        <Menu.Item color="var(--nimbus-bad)" onClick={revoke}>
          {text.keys.revoke}
        </Menu.Item>
      )}
    </ActionsMenu>
  );
}

function Rotate({ of: key, close }: { of: Key; close: () => void }) {
  const [overlap, setOverlap] = useState("24h");
  const [newKey, setNewKey] = useState<NewKey | null>(null);
  if (newKey) return <KeyShownOnce newKey={newKey} close={close} />;
  return (
    <SendForm
      submitLabel={text.keys.rotateNow}
      submit={async () => setNewKey(await rotateKey(key.id, overlap))}
    >
      <Text size="sm">{text.keys.rotateText}</Text>
      <NativeSelect
        label={text.keys.overlap}
        value={overlap}
        onChange={(event) => setOverlap(event.currentTarget.value)}
        data={[{ value: "0s", label: text.keys.overlapNone }, ...durations(["1h", "24h", "7d"])]}
      />
    </SendForm>
  );
}

function EditKey({ of: key, tag, close }: { of: Key; tag: string; close: () => void }) {
  const form = useForm({ initialValues: { name: key.name, ttl: "" } });
  const { ttl } = form.values;
  const name = form.values.name.trim();
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!name}
      onDone={close}
      submit={() =>
        keys.change(key.id, { ...(name === key.name ? {} : { name }), ...(ttl ? { ttl } : {}) }, tag)
      }
    >
      <NameField {...form.getInputProps("name")} />
      <NativeSelect
        label={text.keys.ttl}
        description={text.keys.ttlHelp}
        data={[{ value: "", label: text.keys.unchanged }, ...durations(["24h", "7d", "30d", "90d", "365d"])]}
        {...form.getInputProps("ttl")}
      />
    </SendForm>
  );
}
