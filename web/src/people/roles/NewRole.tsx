import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { Permission } from "../../api/types";
import { SendForm } from "../../components/dialog";
import { notifyDone } from "../../components/notify";
import { text } from "../../text";
import { OrganizationChoice } from "../choices";
import { PermissionMatrix } from "./PermissionMatrix";
import { makeRole } from "./requests";

/** A role, empty or as a copy of another. */
export function NewRole(given: { name: string; permissions: readonly Permission[]; close: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState(given.name);
  const [organization, setOrganization] = useState("");
  const [description, setDescription] = useState("");
  const [held, setHeld] = useState(new Set(given.permissions));
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={!name.trim() || held.size === 0}
      onDone={given.close}
      submit={async () => {
        const made = await makeRole({
          name: name.trim(),
          organization,
          description: description.trim(),
          permissions: [...held],
        });
        notifyDone(text.roles.made(made.name));
        await client.invalidateQueries({ queryKey: ["roles"] });
        await navigate({ to: "/roles/$role", params: { role: made.id } });
      }}
    >
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
      <TextInput
        label={text.common.description}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <OrganizationChoice
        permission="role:write"
        label={text.common.organization}
        description={text.roles.organizationHelp}
        value={organization}
        onChange={setOrganization}
      />
      <PermissionMatrix held={held} onChange={setHeld} />
    </SendForm>
  );
}
