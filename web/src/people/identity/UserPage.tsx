import { Button, Group, List, Loader, Stack } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { dialog } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text";
import { GiveRole } from "../roles/GiveRole";
import { GrantTable } from "../roles/GrantTable";
import { allGroupsQuery, membersQuery } from "../roles/requests";
import { MayThey } from "./MayThey";
import { mayUser } from "./mayUser";
import { factorsQuery, resetFactors, type User, userQuery } from "./requests";
import { SessionsPanel } from "./SessionsPanel";
import { UserActions } from "./UserActions";
import { AccountStatus } from "./UsersPage";

export function UserPage() {
  const { user: id } = useParams({ strict: false }) as { user: string };
  const access = useAccess();
  const asked = useQuery(userQuery(id));
  const above = (
    <Link to="/users" className="back-link">
      {text.users.title}
    </Link>
  );
  if (asked.data === undefined) {
    return (
      <PageFrame title={text.users.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const user = asked.data.value;
  return (
    <PageFrame
      title={user.username}
      above={above}
      beside={<AccountStatus user={user} />}
      actions={<UserActions user={user} tag={asked.data.tag} />}
    >
      <div className="columns">
        <Profile user={user} />
        <Factors user={user} />
        {access.somewhere("role:read") && <MayThey user={user} />}
        {access.somewhere("group:read") && <Groups user={user} />}
      </div>
      {access.somewhere("role:read") && <Roles user={user} />}
      {mayUser(access, "user:read", user) && (
        <SessionsPanel user={user.id} name={user.username} mayEnd={mayUser(access, "user:write", user)} />
      )}
    </PageFrame>
  );
}

function Profile({ user }: { user: User }) {
  return (
    <Panel title={text.users.profile}>
      <Fields>
        <Field name={text.users.id}>
          <Copyable value={user.id} what={text.users.id} />
        </Field>
        <Field name={text.users.displayName}>
          {user.display_name || <span className="quiet">{text.common.none}</span>}
        </Field>
        <Field name={text.users.email}>
          {user.email || <span className="quiet">{text.common.none}</span>}
        </Field>
        <Field name={text.users.home}>
          {user.organization ?? <span className="quiet">{text.users.noHome}</span>}
        </Field>
        <Field name={text.users.lastSignIn}>
          <When at={user.last_login_at} />
        </Field>
        <Field name={text.users.passwordChanged}>
          {user.has_password ? <When at={user.password_changed_at} /> : text.users.noPassword}{" "}
          {user.must_change_password && <Status state="waiting" word={text.users.mustChangeNow} />}
        </Field>
        <Field name={text.common.created}>
          <When at={user.created_at} />
        </Field>
      </Fields>
    </Panel>
  );
}

function Factors({ user }: { user: User }) {
  const access = useAccess();
  const { data, error } = useQuery(factorsQuery(user.id));
  const has = data !== undefined && (data.totp || data.passkeys.length > 0);
  const reset = () =>
    confirmDestructive({
      title: text.users.resetTitle(user.username),
      consequences: text.users.resetText,
      confirmLabel: text.users.resetFactors.replace("…", ""),
      run: async () => {
        await resetFactors(user.id);
        notifyDone(text.users.factorsReset(user.username));
      },
    });
  return (
    <Panel
      title={text.users.factors}
      aside={
        has &&
        mayUser(access, "user:write", user) && (
          <Button variant="default" onClick={reset}>
            {text.users.resetFactors}
          </Button>
        )
      }
    >
      {error && <Failure error={error} />}
      {data && (
        <Fields>
          <Field name={text.users.totp}>
            {data.totp ? (
              <When at={data.totp_confirmed_at} />
            ) : (
              <span className="quiet">{text.users.off}</span>
            )}
          </Field>
          <Field name={text.users.passkeys}>
            {data.passkeys.length === 0 ? (
              <span className="quiet">{text.common.none}</span>
            ) : (
              <Stack gap={2}>
                {data.passkeys.map((passkey) => (
                  <span key={passkey.id}>
                    {passkey.name}, {text.users.lastUsed.toLowerCase()} <When at={passkey.last_used_at} />
                  </span>
                ))}
              </Stack>
            )}
          </Field>
          <Field name={text.users.recoveryCodes}>{data.recovery_codes}</Field>
        </Fields>
      )}
    </Panel>
  );
}

/** The API lists the members of a group, not the groups of a user. */
function Groups({ user }: { user: User }) {
  const groups = useQuery(allGroupsQuery());
  const own = useQueries({
    queries: (groups.data?.rows ?? [])
      .filter(({ members }) => members > 0)
      .map((group) => membersQuery(group.id)),
    combine: (results) => results.map(({ data }) => (data ?? []).some(({ user_id }) => user_id === user.id)),
  });
  const inThem = (groups.data?.rows ?? []).filter(({ members }) => members > 0).filter((_, at) => own[at]);
  return (
    <Panel title={text.users.groups}>
      {groups.isError && <Failure error={groups.error} />}
      {groups.isPending && <Loader size="xs" />}
      {groups.data && inThem.length === 0 && <span className="quiet">{text.users.noGroups}</span>}
      <List size="sm" listStyleType="none">
        {inThem.map((group) => (
          <List.Item key={group.id}>
            <Link to="/groups/$group" params={{ group: group.id }} className="row-link">
              {group.name}
            </Link>{" "}
            <span className="quiet">{group.organization}</span>
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

function Roles({ user }: { user: User }) {
  const access = useAccess();
  const give = () =>
    dialog(text.grants.give, (close) => (
      <GiveRole to={{ kind: "user", id: user.id, name: user.username }} close={close} />
    ));
  return (
    <Panel
      flush
      title={text.users.grants}
      aside={
        access.somewhere("role:write") && (
          <Group gap="xs">
            <Button variant="default" onClick={give}>
              {text.grants.give}
            </Button>
          </Group>
        )
      }
    >
      <GrantTable filters={{ user: user.id }} hide={["who"]} />
    </Panel>
  );
}
