import { Anchor, Checkbox, PasswordInput, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useAccess } from "../../access/useAccess";
import { useCreate } from "../../components/collection/changes";
import { trimmed } from "../../components/form";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { OrganizationChoice } from "../choices";
import { users } from "./requests";

const EMPTY = {
  username: "",
  display_name: "",
  email: "",
  organization: "",
  password: "",
  must_change_password: true,
  is_admin: false,
};

/** A user with a first password. Whoever may invite is told that an invite spares them knowing it. */
export function NewUser({ close }: { close: () => void }) {
  const access = useAccess();
  const form = useForm({ initialValues: EMPTY });
  const create = useCreate(users, ({ username }) => text.users.created(username));
  const { username, password, must_change_password: mustChange } = form.values;
  return (
    <SendForm
      form={form}
      submitLabel={text.common.create}
      disabled={!username.trim()}
      onDone={close}
      submit={() =>
        create({
          ...trimmed(form.values),
          password,
          must_change_password: password !== "" && mustChange,
        })
      }
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
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
        data-autofocus
        {...form.getInputProps("username")}
      />
      <TextInput label={text.users.displayName} autoComplete="off" {...form.getInputProps("display_name")} />
      <TextInput label={text.users.email} type="email" autoComplete="off" {...form.getInputProps("email")} />
      <OrganizationChoice
        permission="user:write"
        label={text.users.home}
        description={text.users.homeHelp}
        {...form.getInputProps("organization")}
      />
      <PasswordInput
        label={text.users.password}
        description={text.users.passwordHelp}
        autoComplete="new-password"
        {...form.getInputProps("password")}
      />
      {password !== "" && (
        <Checkbox
          size="xs"
          label={text.users.mustChange}
          {...form.getInputProps("must_change_password", { type: "checkbox" })}
        />
      )}
      {access.everywhere("user:write") && (
        <Switch
          size="xs"
          label={text.users.administrator}
          description={text.users.administratorHelp}
          {...form.getInputProps("is_admin", { type: "checkbox" })}
        />
      )}
    </SendForm>
  );
}
