import { NativeSelect, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { organizationOf, placeOf } from "../../access/places";
import { durations } from "../../components/durations";
import { trimmed } from "../../components/form";
import { NameField } from "../../components/formFields";
import { SendForm } from "../../components/SendForm";
import { ShownOnce } from "../../components/ShownOnce";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { PlaceChoice, RoleChoice, WorkspaceChoice } from "../choices";
import { createPersonalKey, keys, type NewKey } from "./requests";

const TTLS = ["24h", "7d", "30d", "90d", "365d"];
const KINDS = ["api-key", "hmac"] as const;

interface Values {
  name: string;
  kind: (typeof KINDS)[number];
  /** An organization or a workspace. */
  place: string;
  role: string;
  ttl: string;
}

const EMPTY: Values = { name: "", kind: "api-key", place: "", role: "", ttl: "90d" };

/** Makes a key of a service, or one's own; then shows its secret, once. */
export function NewKeyForm({ personal, close }: { personal: boolean; close: () => void }) {
  const form = useForm({ initialValues: EMPTY });
  const [key, setKey] = useState<NewKey | null>(null);
  if (key) return <KeyShownOnce newKey={key} close={close} />;
  const { name, kind, place, role } = form.values;
  return (
    <SendForm
      form={form}
      submitLabel={text.common.create}
      disabled={!name.trim() || (!personal && (!place || !role))}
      submit={async () => setKey(await create(personal, trimmed(form.values)))}
    >
      <Text size="sm" className="quiet">
        {personal ? text.keys.personalText : text.keys.serviceText}
      </Text>
      <NameField required withAsterisk={false} {...form.getInputProps("name")} />
      <NativeSelect
        label={text.keys.kind}
        description={text.keys.kindHelps[kind]}
        data={KINDS.map((value) => ({ value, label: text.keys.kinds[value] }))}
        {...form.getInputProps("kind")}
      />
      {personal ? (
        <WorkspaceChoice
          permission="workspace:read"
          label={text.keys.workspaceNarrow}
          {...form.getInputProps("place")}
        />
      ) : (
        <PlaceChoice
          permission="key:write"
          label={text.keys.place}
          required
          {...form.getInputProps("place")}
        />
      )}
      <RoleChoice
        label={personal ? text.keys.roleNarrow : text.keys.role}
        description={personal ? text.keys.roleNarrowHelp : undefined}
        organization={organizationOf(place)}
        required={!personal}
        {...form.getInputProps("role")}
      />
      <NativeSelect
        label={text.keys.ttl}
        data={durations(TTLS, text.keys.forever)}
        {...form.getInputProps("ttl")}
      />
    </SendForm>
  );
}

function create(personal: boolean, { place, ...values }: Values): Promise<NewKey> {
  return personal
    ? createPersonalKey({ ...values, workspace: place })
    : keys.create({ ...values, ...placeOf(place) });
}

/** The secret of a key, which the control plane does not keep. */
export function KeyShownOnce({ newKey, close }: { newKey: NewKey; close: () => void }) {
  const values = newKey.api_key
    ? [{ name: text.keys.apiKey, value: newKey.api_key }]
    : [
        { name: text.keys.accessKey, value: newKey.access_key },
        { name: text.keys.secretKey, value: newKey.secret_key ?? "" },
      ];
  return (
    <ShownOnce values={values} file={`nimbus-key-${newKey.name}.txt`} close={close}>
      {newKey.previous_until && (
        <Text size="sm" className="quiet">
          {text.keys.previousUntil} <When at={newKey.previous_until} />
        </Text>
      )}
    </ShownOnce>
  );
}
