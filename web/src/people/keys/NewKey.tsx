import { NativeSelect, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { organizationOf, placeOf } from "../../access/places";
import { SendForm } from "../../components/dialog";
import { durations } from "../../components/durations";
import { ShownOnce } from "../../components/ShownOnce";
import { When } from "../../components/When";
import { text } from "../../text";
import { PlaceChoice, RoleChoice, WorkspaceChoice } from "../choices";
import { makePersonalKey, makeServiceKey, type NewKey } from "./requests";

const TTLS = ["24h", "7d", "30d", "90d", "365d"];
const KINDS = ["api-key", "hmac"] as const;

/** A key of a service, or one's own; then its secret, once. */
export function NewKeyForm({ personal, close }: { personal: boolean; close: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<(typeof KINDS)[number]>("api-key");
  const [place, setPlace] = useState("");
  const [role, setRole] = useState("");
  const [tenant, setTenant] = useState("");
  const [ttl, setTtl] = useState("90d");
  const [made, setMade] = useState<NewKey | null>(null);
  if (made) return <KeyShownOnce made={made} close={close} />;

  async function submit() {
    const common = { name: name.trim(), kind, tenant: tenant.trim(), ttl, role };
    setMade(
      await (personal
        ? makePersonalKey({ ...common, workspace: place })
        : makeServiceKey({ ...common, ...placeOf(place) })),
    );
    await client.invalidateQueries({ queryKey: ["keys"] });
  }
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={!name.trim() || (!personal && (!place || !role))}
      submit={submit}
    >
      <Text size="sm" className="quiet">
        {personal ? text.keys.personalText : text.keys.serviceText}
      </Text>
      <TextInput
        label={text.common.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        required
        withAsterisk={false}
        data-autofocus
      />
      <NativeSelect
        label={text.keys.kind}
        description={text.keys.kindHelps[kind]}
        value={kind}
        data={KINDS.map((value) => ({ value, label: text.keys.kinds[value] }))}
        onChange={(event) => setKind(event.currentTarget.value as typeof kind)}
      />
      {personal ? (
        <WorkspaceChoice
          permission="workspace:read"
          label={text.keys.workspaceNarrow}
          value={place}
          onChange={setPlace}
        />
      ) : (
        <PlaceChoice
          permission="key:write"
          label={text.keys.place}
          value={place}
          onChange={setPlace}
          required
        />
      )}
      <RoleChoice
        label={personal ? text.keys.roleNarrow : text.keys.role}
        organization={organizationOf(place)}
        value={role}
        description={personal ? text.keys.roleNarrowHelp : undefined}
        onChange={setRole}
        required={!personal}
      />
      <TextInput
        label={text.keys.tenant}
        description={text.keys.tenantHelp}
        value={tenant}
        onChange={(event) => setTenant(event.currentTarget.value)}
      />
      <NativeSelect
        label={text.keys.ttl}
        data={durations(TTLS, text.keys.forever)}
        value={ttl}
        onChange={(event) => setTtl(event.currentTarget.value)}
      />
    </SendForm>
  );
}

/** The secret of a key, which nobody is told again. */
export function KeyShownOnce({ made, close }: { made: NewKey; close: () => void }) {
  const values = made.api_key
    ? [{ name: text.keys.apiKey, value: made.api_key }]
    : [
        { name: text.keys.accessKey, value: made.access_key },
        { name: text.keys.secretKey, value: made.secret_key ?? "" },
      ];
  return (
    <ShownOnce values={values} file={`nimbus-key-${made.name}.txt`} close={close}>
      {made.previous_until && (
        <Text size="sm" className="quiet">
          {text.keys.previousUntil} <When at={made.previous_until} />
        </Text>
      )}
    </ShownOnce>
  );
}
