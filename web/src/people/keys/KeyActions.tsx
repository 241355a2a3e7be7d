import { ActionIcon, Loader, Menu, NativeSelect, Text, TextInput } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess, useWhoAmI } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { durations } from "../../components/durations";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { text } from "../../text";
import { KeyShownOnce } from "./NewKey";
import { changeKey, type Key, keyQuery, type NewKey, revokeKey, rotateKey } from "./requests";

/** What can be done with a key, for whoever may: one's own always. */
export function KeyActions({ of: key }: { of: Key }) {
  const access = useAccess();
  const client = useQueryClient();
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
      run: async () => {
        await revokeKey(key.id);
        notifyDone(text.keys.revoked(key.name));
        await client.invalidateQueries({ queryKey: ["keys"] });
      },
    });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={text.common.actionsOf(key.name)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {may("key:write") && (
          <>
            <Menu.Item
              onClick={() =>
                dialog(text.keys.rotateTitle(key.name), (close) => <Rotate of={key} close={close} />)
              }
            >
              {text.keys.rotate}
            </Menu.Item>
            <Menu.Item
              onClick={() =>
                dialog(text.keys.editTitle(key.name), (close) => <EditKey id={key.id} close={close} />)
              }
            >
              {text.keys.edit}
            </Menu.Item>
          </>
        )}
        {may("key:delete") && (
          <Menu.Item color="red" onClick={revoke}>
            {text.keys.revoke}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Rotate({ of: key, close }: { of: Key; close: () => void }) {
  const client = useQueryClient();
  const [overlap, setOverlap] = useState("24h");
  const [made, setMade] = useState<NewKey | null>(null);
  if (made) return <KeyShownOnce made={made} close={close} />;
  return (
    <SendForm
      submitLabel={text.keys.rotateNow}
      submit={async () => {
        setMade(await rotateKey(key.id, overlap));
        await client.invalidateQueries({ queryKey: ["keys"] });
      }}
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

function EditKey({ id, close }: { id: string; close: () => void }) {
  const { data, error } = useQuery({ ...keyQuery(id), gcTime: 0 });
  if (error) return <Failure error={error} />;
  if (data === undefined) return <Loader size="sm" />;
  return <EditForm of={data.value} tag={data.tag} close={close} />;
}

function EditForm({ of: key, tag, close }: { of: Key; tag: string; close: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(key.name);
  const [ttl, setTtl] = useState("");
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim()}
      onDone={close}
      submit={async () => {
        await changeKey(
          key.id,
          { ...(name.trim() === key.name ? {} : { name: name.trim() }), ...(ttl ? { ttl } : {}) },
          tag,
        );
        await client.invalidateQueries({ queryKey: ["keys"] });
      }}
    >
      <TextInput
        label={text.common.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
      />
      <NativeSelect
        label={text.keys.ttl}
        description={text.keys.ttlHelp}
        value={ttl}
        onChange={(event) => setTtl(event.currentTarget.value)}
        data={[{ value: "", label: text.keys.unchanged }, ...durations(["24h", "7d", "30d", "90d", "365d"])]}
      />
    </SendForm>
  );
}
