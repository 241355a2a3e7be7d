import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { organizationOf, placeOf } from "../../access/places";
import { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { SendForm } from "../../components/dialog";
import { notifyDone } from "../../components/notify";
import { text } from "../../text";
import { GroupChoice, KeyChoice, PlaceChoice, RoleChoice, UserChoice } from "../choices";
import { type Grant, giveRole } from "./requests";

type Kind = Grant["principal_kind"];

const READS: Record<Kind, Permission> = { user: "user:read", group: "group:read", key: "key:read" };
const CHOICES = { user: UserChoice, group: GroupChoice, key: KeyChoice };

/** A role for somebody, somewhere. `to`: who is known already; `role`: which role is. */
export function GiveRole(given: {
  to?: { kind: Kind; id: string; name: string };
  role?: { id: string; organization: string | null };
  close: () => void;
}) {
  const access = useAccess();
  const client = useQueryClient();
  const kinds = (["user", "group", "key"] as const).filter((one) => access.somewhere(READS[one]));
  const [kind, setKind] = useState<Kind>(given.to?.kind ?? kinds[0] ?? "user");
  const [who, setWho] = useState(given.to?.id ?? "");
  const [place, setPlace] = useState(given.role?.organization ?? "");
  const [role, setRole] = useState(given.role?.id ?? "");
  const Choice = CHOICES[kind];
  return (
    <SendForm
      submitLabel={text.grants.give}
      disabled={!who || !role || !place}
      onDone={given.close}
      submit={async () => {
        await giveRole({ role, [kind]: who, ...placeOf(place) });
        notifyDone(text.grants.given);
        await client.invalidateQueries({ queryKey: ["grants"] });
      }}
    >
      {given.to ? (
        <Text size="sm">
          {text.grants.kinds[given.to.kind]} <strong>{given.to.name}</strong>
        </Text>
      ) : (
        <Stack gap="xs">
          <SegmentedControl
            size="xs"
            aria-label={text.grants.kindOf}
            data={kinds.map((value) => ({ value, label: text.grants.kinds[value] }))}
            value={kind}
            onChange={(value) => {
              setKind(value as Kind);
              setWho("");
            }}
          />
          <Choice label={text.grants.kinds[kind]} value={who} onChange={setWho} required />
        </Stack>
      )}
      <PlaceChoice
        permission="role:write"
        label={text.grants.place}
        description={text.grants.placeHelp}
        value={place}
        required
        within={given.role?.organization}
        onChange={setPlace}
      />
      {!given.role && (
        <RoleChoice
          label={text.grants.role}
          organization={organizationOf(place)}
          value={role}
          onChange={setRole}
          required
        />
      )}
    </SendForm>
  );
}
