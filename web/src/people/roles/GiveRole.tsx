import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { organizationOf, placeOf } from "../../access/places";
import { useAccess } from "../../access/useAccess";
import type { Permission } from "../../api/types";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { GroupChoice, KeyChoice, PlaceChoice, RoleChoice, UserChoice } from "../choices";
import { EndField, endAsSent, NO_END } from "./EndField";
import { type Grant, grants } from "./requests";

type Kind = Grant["principal_kind"];

const READS: Record<Kind, Permission> = { user: "user:read", group: "group:read", key: "key:read" };
const CHOICES = { user: UserChoice, group: GroupChoice, key: KeyChoice };

/** Gives a role to somebody, somewhere. `to`, `role`: where it is given on the page of whom, or of which role. */
export function GiveRole(props: {
  to?: { kind: Kind; id: string; name: string };
  role?: { id: string; organization: string | null };
  close: () => void;
}) {
  const access = useAccess();
  const kinds = (["user", "group", "key"] as const).filter((each) => access.somewhere(READS[each]));
  const [kind, setKind] = useState<Kind>(props.to?.kind ?? kinds[0] ?? "user");
  const [principal, setPrincipal] = useState(props.to?.id ?? "");
  const [place, setPlace] = useState(props.role?.organization ?? "");
  const [role, setRole] = useState(props.role?.id ?? "");
  const [end, setEnd] = useState(NO_END);
  const expires = endAsSent(end);
  const Choice = CHOICES[kind];
  return (
    <SendForm
      submitLabel={text.grants.give}
      disabled={!principal || !role || !place || expires === null}
      onDone={props.close}
      submit={async () => {
        await grants.create({
          role,
          [kind]: principal,
          ...placeOf(place),
          expires_at: expires ?? "",
        });
        notifyDone(text.grants.given);
      }}
    >
      {props.to ? (
        <Text size="sm">
          {text.grants.kinds[props.to.kind]} <strong>{props.to.name}</strong>
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
              setPrincipal("");
            }}
          />
          <Choice label={text.grants.kinds[kind]} value={principal} onChange={setPrincipal} required />
        </Stack>
      )}
      <PlaceChoice
        permission="role:write"
        label={text.grants.place}
        description={text.grants.placeHelp}
        value={place}
        required
        within={props.role?.organization}
        onChange={setPlace}
      />
      {!props.role && (
        <RoleChoice
          label={text.grants.role}
          organization={organizationOf(place)}
          value={role}
          onChange={setRole}
          required
        />
      )}
      <EndField value={end} onChange={setEnd} />
    </SendForm>
  );
}
