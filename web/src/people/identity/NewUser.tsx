import { Anchor, Checkbox, PasswordInput, Switch, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { SendForm } from "../../components/dialog";
import { notifyDone } from "../../components/notify";
import { PageLink } from "../../components/PageLink";
import { text } from "../../text";
import { OrganizationChoice } from "../choices";
import { makeUser } from "./requests";

/** A user with a first password; whoever may is told that an invite spares them knowing it. */
export function NewUser({ close }: { close: () => void }) {
  const access = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [username, setUsername] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [email, setEmail] = useState("");
  const [organization, setOrganization] = useState("");
  const [password, setPassword] = useState("");
  const [mustChange, setMustChange] = useState(true);
  const [isAdministrator, setIsAdministrator] = useState(false);
  return (
    <SendForm
      submitLabel={text.common.create}
      disabled={!username.trim()}
      onDone={close}
      submit={async () => {
        const made = await makeUser({
          username: username.trim(),
          display_name: displayName.trim(),
          email: email.trim(),
          organization,
          password,
          must_change_password: password !== "" && mustChange,
          is_admin: isAdministrator,
        });
        notifyDone(text.users.created(made.username));
        await client.invalidateQueries({ queryKey: ["users"] });
        await navigate({ to: "/users/$user", params: { user: made.id } });
      }}
    >
      {access.somewhere("invite:write") && (
        <Text size="sm" className="quiet">
          {text.users.inviteText}{" "}
          <Anchor underline="always" component={PageLink} to="/invites" inherit onClick={close}>
            {text.users.inviteInstead}
          </Anchor>
        </Text>
      )}
      <TextInput
        label={text.users.username}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        data-autofocus
      />
      <TextInput
        label={text.users.displayName}
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
        autoComplete="off"
      />
      <TextInput
        label={text.users.email}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        autoComplete="off"
      />
      <OrganizationChoice
        permission="user:write"
        label={text.users.home}
        description={text.users.homeHelp}
        value={organization}
        onChange={setOrganization}
      />
      <PasswordInput
        label={text.users.password}
        description={text.users.passwordHelp}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        autoComplete="new-password"
      />
      {password !== "" && (
        <Checkbox
          size="xs"
          label={text.users.mustChange}
          checked={mustChange}
          onChange={(event) => setMustChange(event.currentTarget.checked)}
        />
      )}
      {access.everywhere("user:write") && (
        <Switch
          size="xs"
          label={text.users.administrator}
          description={text.users.administratorHelp}
          checked={isAdministrator}
          onChange={(event) => setIsAdministrator(event.currentTarget.checked)}
        />
      )}
    </SendForm>
  );
}
