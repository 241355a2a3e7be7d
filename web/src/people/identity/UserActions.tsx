import { ActionIcon, Button, Checkbox, Menu, PasswordInput, TextInput } from "@mantine/core";
import { IconDots, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAccess, useWhoAmI } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { dialog, SendForm } from "../../components/dialog";
import { notifyDone, notifyFailure } from "../../components/notify";
import { text } from "../../text";
import { mayUser } from "./mayUser";
import { changeUser, deleteUser, setPassword, type User } from "./requests";

/** What can be done with a user, for whoever may. `tag`: of the user as they are shown. */
export function UserActions({ user, tag }: { user: User; tag: string }) {
  const access = useAccess();
  const isOneself = useWhoAmI().user?.id === user.id;
  const mayWrite = mayUser(access, "user:write", user);
  const mayDelete = mayUser(access, "user:delete", user) && !isOneself;
  const remove = useRemoval(user);
  if (!mayWrite && !mayDelete) return null;
  return (
    <>
      {mayWrite && (
        <Button
          variant="default"
          onClick={() =>
            dialog(text.users.profile, (close) => <EditProfile user={user} tag={tag} close={close} />)
          }
        >
          {text.users.edit}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={text.common.more}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {mayWrite && !isOneself && <Standing user={user} tag={tag} />}
          {mayDelete && (
            <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={remove}>
              {text.users.delete}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function Standing({ user, tag }: { user: User; tag: string }) {
  const access = useAccess();
  const change = (body: Parameters<typeof changeUser>[1]) => changeUser(user.id, body, tag);
  return (
    <>
      <Menu.Item
        onClick={() =>
          dialog(text.users.setPasswordTitle(user.username), (close) => (
            <SetPassword user={user} close={close} />
          ))
        }
      >
        {text.users.setPassword}
      </Menu.Item>
      {user.disabled ? (
        <Menu.Item onClick={() => void change({ disabled: false }).catch(notifyFailure)}>
          {text.users.enable}
        </Menu.Item>
      ) : (
        <Menu.Item
          onClick={() =>
            confirmDestructive({
              title: text.users.disableTitle(user.username),
              consequences: text.users.disableText,
              confirmLabel: text.users.disable.replace("…", ""),
              run: () => change({ disabled: true }),
            })
          }
        >
          {text.users.disable}
        </Menu.Item>
      )}
      {access.everywhere("user:write") && (
        <Menu.Item
          onClick={() =>
            confirmDestructive({
              title: user.is_admin
                ? text.users.endAdministratorTitle(user.username)
                : text.users.makeAdministratorTitle(user.username),
              consequences: user.is_admin
                ? text.users.endAdministratorText
                : text.users.makeAdministratorText,
              confirmLabel: (user.is_admin
                ? text.users.endAdministrator
                : text.users.makeAdministrator
              ).replace("…", ""),
              typed: user.is_admin ? undefined : user.username,
              run: () => change({ is_admin: !user.is_admin }),
            })
          }
        >
          {user.is_admin ? text.users.endAdministrator : text.users.makeAdministrator}
        </Menu.Item>
      )}
    </>
  );
}

function useRemoval(user: User): () => void {
  const navigate = useNavigate();
  return () =>
    confirmDestructive({
      title: text.users.deleteTitle(user.username),
      consequences: text.users.deleteText,
      confirmLabel: text.common.delete,
      typed: user.username,
      run: async () => {
        await deleteUser(user.id);
        notifyDone(text.users.deleted(user.username));
        await navigate({ to: "/users" });
      },
    });
}

export function EditProfile({ user, tag, close }: { user: User; tag: string; close: () => void }) {
  const [username, setUsername] = useState(user.username);
  const [displayName, setDisplayName] = useState(user.display_name);
  const [email, setEmail] = useState(user.email);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!username.trim()}
      onDone={close}
      submit={() =>
        changeUser(
          user.id,
          {
            ...(username.trim() === user.username ? {} : { username: username.trim() }),
            ...(displayName.trim() === user.display_name ? {} : { display_name: displayName.trim() }),
            ...(email.trim() === user.email ? {} : { email: email.trim() }),
          },
          tag,
        )
      }
    >
      <TextInput
        label={text.users.username}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
      />
      <TextInput
        label={text.users.displayName}
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
      />
      <TextInput
        label={text.users.email}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
    </SendForm>
  );
}

function SetPassword({ user, close }: { user: User; close: () => void }) {
  const [password, setGiven] = useState("");
  const [mustChange, setMustChange] = useState(true);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!password}
      onDone={close}
      submit={async () => {
        await setPassword(user.id, { password, must_change: mustChange });
        notifyDone(text.users.passwordSet(user.username));
      }}
    >
      <PasswordInput
        label={text.users.newPassword}
        description={text.users.newPasswordHelp}
        value={password}
        autoComplete="new-password"
        onChange={(event) => setGiven(event.currentTarget.value)}
        data-autofocus
      />
      <Checkbox
        size="xs"
        label={text.users.mustChange}
        checked={mustChange}
        onChange={(event) => setMustChange(event.currentTarget.checked)}
      />
    </SendForm>
  );
}
