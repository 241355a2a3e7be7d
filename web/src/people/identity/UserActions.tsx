import { Checkbox, Menu, PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconTrash } from "@tabler/icons-react";
import { useAccess, useWhoAmI } from "../../access/useAccess";
import { ActionsMenu } from "../../components/ActionsMenu";
import { useRemove } from "../../components/collection/changes";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton, DialogItem } from "../../components/dialog";
import { changedFields, trimmed } from "../../components/form";
import { notifyDone, notifyFailure } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { mayUser } from "./mayUser";
import { setPassword, type User, users } from "./requests";

interface Shown {
  user: User;
  /** Of the user as they are shown. */
  tag: string;
}

/** What can be done with a user, for whoever may. */
export function UserActions({ user, tag }: Shown) {
  const access = useAccess();
  const isOneself = useWhoAmI().user?.id === user.id;
  const mayWrite = mayUser(access, "user:write", user);
  const mayDelete = mayUser(access, "user:delete", user) && !isOneself;
  const remove = useRemove(users);
  if (!mayWrite && !mayDelete) return null;
  return (
    <>
      {mayWrite && (
        <DialogButton label={text.users.edit} title={text.users.profile}>
          {(close) => <EditProfile user={user} tag={tag} close={close} />}
        </DialogButton>
      )}
      <ActionsMenu>
        {mayWrite && !isOneself && <AccountItems user={user} tag={tag} />}
        {mayDelete && (
          <Menu.Item
            color="var(--nimbus-bad)"
            leftSection={<IconTrash size={15} />}
            onClick={() =>
              remove(user.id, {
                title: text.users.deleteTitle(user.username),
                consequences: text.users.deleteText,
                typed: user.username,
                done: text.users.deleted(user.username),
              })
            }
          >
            {text.users.delete}
          </Menu.Item>
        )}
      </ActionsMenu>
    </>
  );
}

/** The password, whether they can sign in, and whether they administer the control plane. */
function AccountItems({ user, tag }: Shown) {
  const access = useAccess();
  return (
    <>
      <DialogItem label={text.users.setPassword} title={text.users.setPasswordTitle(user.username)}>
        {(close) => <SetPassword user={user} close={close} />}
      </DialogItem>
      {user.disabled ? (
        <Menu.Item onClick={() => void users.change(user.id, { disabled: false }, tag).catch(notifyFailure)}>
          {text.users.enable}
        </Menu.Item>
      ) : (
        <Menu.Item
          onClick={() =>
            confirmDestructive({
              title: text.users.disableTitle(user.username),
              consequences: text.users.disableText,
              confirmLabel: text.users.disableNow,
              run: () => users.change(user.id, { disabled: true }, tag),
            })
          }
        >
          {text.users.disable}
        </Menu.Item>
      )}
      {access.everywhere("user:write") && <AdministratorItem user={user} tag={tag} />}
    </>
  );
}

function AdministratorItem({ user, tag }: Shown) {
  const run = () => users.change(user.id, { is_admin: !user.is_admin }, tag);
  const question = user.is_admin
    ? {
        title: text.users.endAdministratorTitle(user.username),
        consequences: text.users.endAdministratorText,
        confirmLabel: text.users.endAdministratorNow,
      }
    : {
        title: text.users.makeAdministratorTitle(user.username),
        consequences: text.users.makeAdministratorText,
        confirmLabel: text.users.makeAdministratorNow,
        typed: user.username,
      };
  return (
    <Menu.Item onClick={() => confirmDestructive({ ...question, run })}>
      {user.is_admin ? text.users.endAdministrator : text.users.makeAdministrator}
    </Menu.Item>
  );
}

export function EditProfile({ user, tag, close }: Shown & { close: () => void }) {
  const before = { username: user.username, display_name: user.display_name, email: user.email };
  const form = useForm({ initialValues: before });
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!form.values.username.trim()}
      onDone={close}
      submit={() => users.change(user.id, changedFields(before, trimmed(form.values)), tag)}
    >
      <TextInput
        label={text.users.username}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
        {...form.getInputProps("username")}
      />
      <TextInput label={text.users.displayName} {...form.getInputProps("display_name")} />
      <TextInput label={text.users.email} type="email" {...form.getInputProps("email")} />
    </SendForm>
  );
}

function SetPassword({ user, close }: { user: User; close: () => void }) {
  const form = useForm({ initialValues: { password: "", must_change: true } });
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!form.values.password}
      onDone={close}
      submit={async () => {
        await setPassword(user.id, form.values);
        notifyDone(text.users.passwordSet(user.username));
      }}
    >
      <PasswordInput
        label={text.users.newPassword}
        description={text.users.newPasswordHelp}
        autoComplete="new-password"
        data-autofocus
        {...form.getInputProps("password")}
      />
      <Checkbox
        size="xs"
        label={text.users.mustChange}
        {...form.getInputProps("must_change", { type: "checkbox" })}
      />
    </SendForm>
  );
}
