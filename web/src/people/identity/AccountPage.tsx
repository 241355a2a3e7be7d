import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useWhoAmI } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { dialog } from "../../components/dialog";
import { Field, Fields, OrNone } from "../../components/Fields";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/people";
import { KeyTable, NewKeyForm } from "../keys";
import { IdentitiesPanel } from "../single_sign_on";
import { PasskeysPanel } from "./PasskeysPanel";
import { PasswordForm } from "./PasswordForm";
import { type User, users } from "./requests";
import { SessionsPanel } from "./SessionsPanel";
import { TotpPanel } from "./TotpPanel";
import { EditProfile } from "./UserActions";

export function AccountPage() {
  const { user } = useWhoAmI();
  return (
    <PageFrame title={text.account.title}>
      <div className="columns">
        {user && <Profile known={user} />}
        <TotpPanel />
        <PasskeysPanel />
        <IdentitiesPanel />
      </div>
      <SessionsPanel user="" name="" mayEnd />
      <OwnKeys />
    </PageFrame>
  );
}

/** `known`: shown until what there is now has been read. */
function Profile({ known }: { known: User }) {
  const { data } = useQuery(users.get("me"));
  const user = data?.value ?? known;
  const edit = () =>
    data &&
    dialog(text.users.profile, (close) => <EditProfile user={data.value} tag={data.tag} close={close} />);
  const changePassword = () =>
    dialog(text.account.password, (close) => (
      <PasswordForm
        hasPassword={user.has_password}
        submitLabel={text.common.save}
        onDone={() => {
          notifyDone(text.account.passwordChanged);
          close();
        }}
      />
    ));
  return (
    <Panel
      title={text.users.profile}
      aside={
        <Button variant="default" disabled={!data} onClick={edit}>
          {text.account.editProfile}
        </Button>
      }
    >
      <Fields>
        <Field name={text.users.username}>{user.username}</Field>
        <Field name={text.users.displayName}>
          <OrNone value={user.display_name} />
        </Field>
        <Field name={text.users.email}>
          <OrNone value={user.email} />
        </Field>
        <Field name={text.users.home}>
          <OrNone value={user.organization} none={text.users.noHome} />
        </Field>
        <Field name={text.account.whatYouMay}>
          <OwnPermissions isAdministrator={user.is_admin} />
        </Field>
        <Field name={text.users.passwordChanged}>
          {user.has_password ? <When at={user.password_changed_at} /> : text.users.noPassword}
        </Field>
      </Fields>
      <Button variant="default" mt="sm" onClick={changePassword}>
        {user.has_password ? text.account.changePassword : text.account.choosePassword}
      </Button>
    </Panel>
  );
}

/** How many permissions one has where; which ones, when somebody points at a line. */
function OwnPermissions({ isAdministrator }: { isAdministrator: boolean }) {
  const { access } = useWhoAmI();
  if (isAdministrator) return text.account.administrator;
  const places = [...Object.entries(access.organizations), ...Object.entries(access.workspaces)].filter(
    ([, permissions]) => permissions.length > 0,
  );
  if (places.length === 0) return text.account.nowhere;
  return places.map(([place, permissions]) => (
    <div key={place} title={permissions.join(", ")}>
      {place}: {text.roles.permissionCount(permissions.length)}
    </div>
  ));
}

function OwnKeys() {
  return (
    <Panel
      flush
      title={text.keys.personal}
      aside={
        <CreateButton variant="default" label={text.keys.createPersonal}>
          {(close) => <NewKeyForm personal close={close} />}
        </CreateButton>
      }
    >
      <KeyTable
        personal
        sort="-created_at"
        empty={<div className="panel-list quiet">{text.keys.nonePersonal}</div>}
      />
    </Panel>
  );
}
