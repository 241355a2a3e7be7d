import { Button, List, Loader, Stack } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { Field, Fields, OrNone } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { ResourceLink } from "../../components/ResourceLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { KeyTable } from "../keys";
import { EffectiveAccess, GiveRole, GrantTable, groups, membersQuery } from "../roles";
import { AccountStatus } from "./AccountStatus";
import { mayUser } from "./mayUser";
import { PermissionCheck } from "./PermissionCheck";
import { factorsQuery, resetFactors, sessionsQuery, type User, users } from "./requests";
import { SessionsPanel } from "./SessionsPanel";
import { UserActions } from "./UserActions";

export function UserPage() {
  const access = useAccess();
  return (
    <ResourcePage
      of={users}
      listTitle={text.users.title}
      title={(user) => user.username}
      beside={(user) => <AccountStatus user={user} />}
      actions={(user, tag) => (
        <>
          {access.somewhere("audit:read") && (
            <Button variant="default" component={PageLink} to="/audit" search={{ actor: user.username }}>
              {text.users.auditRows}
            </Button>
          )}
          <UserActions user={user} tag={tag} />
        </>
      )}
    >
      {(user) => (
        <>
          <div className="columns">
            <Profile user={user} />
            {access.somewhere("group:read") && <Groups user={user} />}
            <Factors user={user} />
            {access.somewhere("role:read") && <PermissionCheck user={user} />}
          </div>
          {access.somewhere("role:read") && <EffectiveAccess of={{ user: user.id }} />}
          {access.somewhere("role:read") && <Roles user={user} />}
          {access.somewhere("key:read") && <Keys user={user} />}
          {mayUser(access, "user:read", user) && (
            <SessionsPanel user={user.id} name={user.username} mayEnd={mayUser(access, "user:write", user)} />
          )}
        </>
      )}
    </ResourcePage>
  );
}

function Profile({ user }: { user: User }) {
  return (
    <Panel title={text.users.profile}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={user.id} what={text.common.id} />
        </Field>
        <Field name={text.users.displayName}>
          <OrNone value={user.display_name} />
        </Field>
        <Field name={text.users.email}>
          <OrNone value={user.email} />{" "}
          {user.email && (
            <Status
              state={user.email_verified ? "ok" : "unknown"}
              word={user.email_verified ? text.users.emailVerified : text.users.emailUnverified}
            />
          )}
        </Field>
        <Field name={text.users.home}>
          {user.organization ? (
            <ResourceLink kind="organization" id={user.organization} />
          ) : (
            <OrNone value={null} none={text.users.noHome} />
          )}
        </Field>
        <Field name={text.users.lastSignIn}>
          <When at={user.last_login_at} />
        </Field>
        <Field name={text.users.lastActive}>
          <LastActive user={user} />
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

/** The last use of any of the sessions that are open; keys have their own column. */
function LastActive({ user }: { user: User }) {
  const { data } = useQuery(sessionsQuery(user.id));
  const used = data?.rows.map((session) => session.last_used_at).sort() ?? [];
  return <When at={used.at(-1) ?? user.last_login_at} />;
}

function Keys({ user }: { user: User }) {
  return (
    <Panel flush title={text.users.keys}>
      <KeyTable
        personal={false}
        user={user.id}
        sort="-last_used_at"
        empty={<div className="panel-list quiet">{text.users.noKeys}</div>}
      />
    </Panel>
  );
}

function Factors({ user }: { user: User }) {
  const access = useAccess();
  const { data, error } = useQuery(factorsQuery(user.id));
  const hasAny = data !== undefined && (data.totp || data.passkeys.length > 0);
  const reset = () =>
    confirmDestructive({
      title: text.users.resetTitle(user.username),
      consequences: text.users.resetText,
      confirmLabel: text.users.resetFactorsNow,
      run: () => resetFactors(user.id),
      done: text.users.factorsReset(user.username),
    });
  return (
    <Panel
      title={text.users.factors}
      aside={
        hasAny &&
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
            <Passkeys passkeys={data.passkeys} />
          </Field>
          <Field name={text.users.recoveryCodes}>{data.recovery_codes}</Field>
        </Fields>
      )}
    </Panel>
  );
}

function Passkeys({ passkeys }: { passkeys: Schema<"PasskeyView">[] }) {
  if (passkeys.length === 0) return <span className="quiet">{text.common.none}</span>;
  return (
    <Stack gap={2}>
      {passkeys.map((passkey) => (
        <span key={passkey.id}>
          {passkey.name}, {text.users.lastUsed.toLowerCase()} <When at={passkey.last_used_at} />
        </span>
      ))}
    </Stack>
  );
}

/** The API lists the members of a group, not the groups of a user. */
function Groups({ user }: { user: User }) {
  const all = useQuery(groups.all());
  const candidates = (all.data?.rows ?? []).filter(({ members }) => members > 0);
  const isMember = useQueries({
    queries: candidates.map((group) => membersQuery(group.id)),
    combine: (results) => results.map(({ data }) => data?.some(({ user_id: id }) => id === user.id) ?? false),
  });
  const own = candidates.filter((_, position) => isMember[position]);
  return (
    <Panel title={text.users.groups}>
      {all.isError && <Failure error={all.error} />}
      {all.isPending && <Loader size="xs" />}
      {all.data && own.length === 0 && <span className="quiet">{text.users.noGroups}</span>}
      <List size="sm" listStyleType="none">
        {own.map((group) => (
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
  return (
    <Panel
      flush
      title={text.users.grants}
      aside={
        access.somewhere("role:write") && (
          <DialogButton label={text.grants.give}>
            {(close) => <GiveRole to={{ kind: "user", id: user.id, name: user.username }} close={close} />}
          </DialogButton>
        )
      }
    >
      <GrantTable query={{ user: user.id }} hide={["who"]} />
    </Panel>
  );
}
