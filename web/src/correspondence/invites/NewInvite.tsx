import { MultiSelect, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { organizationOf, placeOf } from "../../access/places";
import { useAccess } from "../../access/useAccess";
import { durations } from "../../components/durations";
import { trimmed } from "../../components/form";
import { SendForm } from "../../components/SendForm";
import { PlaceChoice, RoleChoice } from "../../people/choices";
import { groups } from "../../people/roles";
import { text } from "../../text/correspondence";
import { invites, type NewInvite } from "./requests";
import { SentOrShown } from "./SentOrShown";
import { TTLS } from "./ttls";

interface Values {
  email: string;
  /** An organization or a workspace. */
  place: string;
  role: string;
  groups: string[];
  ttl: string;
  message: string;
}

const EMPTY: Values = { email: "", place: "", role: "", groups: [], ttl: "7d", message: "" };

export function NewInviteForm({ close }: { close: () => void }) {
  const form = useForm({ initialValues: EMPTY });
  const [invite, setInvite] = useState<NewInvite | null>(null);
  if (invite) return <SentOrShown invite={invite} close={close} />;
  const { email, place, role } = form.values;
  return (
    <SendForm
      form={form}
      submitLabel={text.invites.create}
      disabled={!email.trim() || !place || !role}
      submit={async () => {
        const { place: _, ...values } = trimmed(form.values);
        setInvite(await invites.create({ ...values, ...placeOf(place) }));
      }}
    >
      <TextInput
        label={text.invites.email}
        type="email"
        autoComplete="off"
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps("email")}
      />
      <PlaceChoice
        permission="invite:write"
        label={text.invites.place}
        value={place}
        required
        onChange={(chosen) => form.setValues({ place: chosen, groups: [] })}
      />
      <RoleChoice
        label={text.invites.role}
        organization={organizationOf(place)}
        required
        {...form.getInputProps("role")}
      />
      <GroupsField organization={organizationOf(place)} {...form.getInputProps("groups")} />
      <NativeSelect label={text.invites.ttl} data={durations(TTLS)} {...form.getInputProps("ttl")} />
      <Textarea
        label={text.invites.message}
        autosize
        minRows={2}
        maxRows={6}
        {...form.getInputProps("message")}
      />
    </SendForm>
  );
}

interface GroupsFieldProps {
  organization: string;
  value?: string[];
  onChange?: (value: string[]) => void;
}

/** Groups of the organization; nothing where there are none. */
function GroupsField({ organization, value, onChange }: GroupsFieldProps) {
  const access = useAccess();
  const { data } = useQuery({ ...groups.all(), enabled: access.somewhere("group:read") });
  const choices = (data?.rows ?? []).filter((group) => group.organization === organization);
  if (choices.length === 0) return null;
  return (
    <MultiSelect
      label={text.invites.groups}
      data={choices.map(({ id, name }) => ({ value: id, label: name }))}
      value={value}
      onChange={onChange}
      searchable
    />
  );
}
