import { Button, Group, MultiSelect, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { organizationOf, placeOf } from "../../access/places";
import { useAccess } from "../../access/useAccess";
import { SendForm } from "../../components/dialog";
import { durations } from "../../components/durations";
import { ShownOnce } from "../../components/ShownOnce";
import { PlaceChoice, RoleChoice } from "../../people/choices";
import { allGroupsQuery } from "../../people/roles/requests";
import { text } from "../../text";
import { makeInvite, type NewInvite } from "./requests";

export const TTLS = ["24h", "7d", "30d"];

export function NewInviteForm({ close }: { close: () => void }) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [place, setPlace] = useState("");
  const [role, setRole] = useState("");
  const [groups, setGroups] = useState<string[]>([]);
  const [ttl, setTtl] = useState("7d");
  const [message, setMessage] = useState("");
  const [made, setMade] = useState<NewInvite | null>(null);
  if (made) return <SentOrShown invite={made} close={close} />;
  return (
    <SendForm
      submitLabel={text.invites.create}
      disabled={!email.trim() || !place || !role}
      submit={async () => {
        setMade(
          await makeInvite({
            email: email.trim(),
            role,
            groups,
            ttl,
            message: message.trim(),
            ...placeOf(place),
          }),
        );
        await client.invalidateQueries({ queryKey: ["invites"] });
      }}
    >
      <TextInput
        label={text.invites.email}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        autoComplete="off"
        required
        withAsterisk={false}
        data-autofocus
      />
      <PlaceChoice
        permission="invite:write"
        label={text.invites.place}
        value={place}
        required
        onChange={(chosen) => {
          setPlace(chosen);
          setGroups([]);
        }}
      />
      <RoleChoice
        label={text.invites.role}
        organization={organizationOf(place)}
        value={role}
        onChange={setRole}
        required
      />
      <Groups organization={organizationOf(place)} value={groups} onChange={setGroups} />
      <NativeSelect
        label={text.invites.ttl}
        value={ttl}
        data={durations(TTLS)}
        onChange={(event) => setTtl(event.currentTarget.value)}
      />
      <Textarea
        label={text.invites.message}
        value={message}
        autosize
        minRows={2}
        maxRows={6}
        onChange={(event) => setMessage(event.currentTarget.value)}
      />
    </SendForm>
  );
}

function Groups(given: { organization: string; value: string[]; onChange: (value: string[]) => void }) {
  const access = useAccess();
  const { data } = useQuery({ ...allGroupsQuery(), enabled: access.somewhere("group:read") });
  const groups = (data?.rows ?? []).filter(({ organization }) => organization === given.organization);
  if (groups.length === 0) return null;
  return (
    <MultiSelect
      label={text.invites.groups}
      data={groups.map(({ id, name }) => ({ value: id, label: name }))}
      value={given.value}
      onChange={given.onChange}
      searchable
    />
  );
}

/** That the mail goes out; or, where there is no mail, the link, once. */
export function SentOrShown({ invite, close }: { invite: NewInvite; close: () => void }) {
  if (invite.link) {
    return (
      <ShownOnce
        values={[{ name: text.invites.linkTitle(invite.email), value: invite.link }]}
        file="nimbus-invite.txt"
        close={close}
      >
        <Text size="sm">{text.invites.linkText}</Text>
      </ShownOnce>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {text.invites.sentTo(invite.email)}
      </Text>
      <Group justify="flex-end">
        <Button onClick={close}>{text.common.close}</Button>
      </Group>
    </Stack>
  );
}
