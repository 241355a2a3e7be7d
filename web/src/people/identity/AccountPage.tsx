import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useWhoAmI } from "../../access/useAccess";
import { dialog } from "../../components/dialog";
import { Field, Fields } from "../../components/Fields";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text";
import { KeyTable } from "../keys/KeyTable";
import { NewKeyForm } from "../keys/NewKey";
import { IdentitiesPanel } from "../single_sign_on/IdentitiesPanel";
import { PasskeysPanel } from "./PasskeysPanel";
import { PasswordForm } from "./PasswordForm";
import { type User, userQuery } from "./requests";
import { SessionsPanel } from "./SessionsPanel";
import { TotpPanel } from "./TotpPanel";
import { EditProfile } from "./UserActions";

const OWN = { search: "", state: "", sort: "-created_at", whose: "mine" };

export function AccountPage() {
  const { user } = useWhoAmI();
  return (
    <PageFrame title={text.account.title}>
      <div className="columns">
        {user && <Profile user={user} />}
        <TotpPanel />
        <PasskeysPanel />
        <IdentitiesPanel />
      </div>
      <SessionsPanel user="" name="" mayEnd />
      <OwnKeys />
    </PageFrame>
  );
}

function Profile({ user: known }: { user: User }) {
  const { data } = useQuery(userQuery("me"));
  const user = data?.value ?? known;
  const edit = () =>
    data &&
    dialog(text.users.profile, (close) => <EditProfile user={data.value} tag={data.tag} close={close} />);
  const change = () =>
    dialog(text.account.password, (close) => (
      <PasswordForm
        hasOne={user.has_password}
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
          {user.display_name || <span className="quiet">{text.common.none}</span>}
        </Field>
        <Field name={text.users.email}>
          {user.email || <span className="quiet">{text.common.none}</span>}
        </Field>
        <Field name={text.users.home}>
          {user.organization ?? <span className="quiet">{text.users.noHome}</span>}
        </Field>
        <Field name={text.account.whatYouMay}>
          <Held isAdministrator={user.is_admin} />
        </Field>
        <Field name={text.users.passwordChanged}>
          {user.has_password ? <When at={user.password_changed_at} /> : text.users.noPassword}
        </Field>
      </Fields>
      <Button variant="default" mt="sm" onClick={change}>
        {user.has_password ? text.account.changePassword : text.account.choosePassword}
      </Button>
    </Panel>
  );
}

function Held({ isAdministrator }: { isAdministrator: boolean }) {
  const { access } = useWhoAmI();
  if (isAdministrator) return text.account.administrator;
  const places = [...Object.keys(access.organizations), ...Object.keys(access.workspaces)].filter(
    (place) => (access.organizations[place] ?? access.workspaces[place] ?? []).length > 0,
  );
  if (places.length === 0) return text.account.nowhere;
  return places.map((place) => {
    const held = access.organizations[place] ?? access.workspaces[place] ?? [];
    return (
      <div key={place} title={held.join(", ")}>
        {place}: {text.roles.permissionCount(held.length)}
      </div>
    );
  });
}

function OwnKeys() {
  return (
    <Panel
      flush
      title={text.keys.personal}
      aside={
        <Button
          variant="default"
          leftSection={<IconPlus size={15} />}
          onClick={() => dialog(text.keys.createPersonal, (close) => <NewKeyForm personal close={close} />)}
        >
          {text.keys.createPersonal}
        </Button>
      }
    >
      <KeyTable filters={OWN} empty={<div className="panel-list quiet">{text.keys.nonePersonal}</div>} />
    </Panel>
  );
}
