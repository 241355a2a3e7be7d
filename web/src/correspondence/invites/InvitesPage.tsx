import { Alert, Anchor, Menu, NativeSelect, Text } from "@mantine/core";
import { IconMailOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { ActionsMenu } from "../../components/ActionsMenu";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect } from "../../components/collection/Toolbar";
import { confirmDestructive } from "../../components/confirm";
import { DialogItem } from "../../components/dialog";
import { durations } from "../../components/durations";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/correspondence";
import { mailSettingsQuery } from "../mail";
import { NewInviteForm } from "./NewInvite";
import { type Invite, invites, type NewInvite, resendInvite } from "./requests";
import { SentOrShown } from "./SentOrShown";
import { TTLS } from "./ttls";

const columns: Column<Invite>[] = [
  {
    key: "email",
    header: text.invites.email,
    sort: "email",
    cell: (invite) => <strong>{invite.email}</strong>,
  },
  { key: "role", header: text.invites.role, from: "sm", width: "8rem", cell: (invite) => invite.role },
  {
    key: "place",
    header: text.invites.place,
    from: "md",
    width: "11rem",
    cell: (invite) => invite.workspace ?? text.common.wholeOrganization(invite.organization),
  },
  {
    key: "state",
    header: text.invites.state,
    width: "8rem",
    cell: (invite) => <Status state={invite.state} word={text.invites.states[invite.state]} />,
  },
  {
    key: "mail",
    header: text.invites.mail,
    from: "md",
    width: "8rem",
    cell: (invite) => <Mail mail={invite.mail} />,
  },
  {
    key: "by",
    header: text.invites.by,
    from: "lg",
    width: "9rem",
    cell: (invite) => <span className="quiet">{invite.invited_by}</span>,
  },
  {
    key: "expires",
    header: text.invites.expires,
    sort: "expires_at",
    from: "sm",
    width: "8rem",
    cell: (invite) => <When at={invite.expires_at} />,
  },
  {
    key: "actions",
    header: "",
    width: "3.5rem",
    align: "right",
    cell: (invite) => <Actions invite={invite} />,
  },
];

function Mail({ mail }: Pick<Invite, "mail">) {
  if (mail === null) return <span className="quiet">{text.invites.noMail}</span>;
  return (
    <span title={mail.answer}>
      <Status state={mail.state} word={text.invites.mailStates[mail.state]} />
    </span>
  );
}

export function InvitesPage() {
  const access = useAccess();
  const filters = useFilters("search", "state", "sort");
  const { state, sort } = filters.values;
  return (
    <CollectionPage
      of={invites}
      texts={text.invites}
      filters={filters}
      query={{ state: state as Invite["state"] | "", sort }}
      wordsOf={(invite) => [invite.email]}
      columns={columns}
      create={
        access.somewhere("invite:write") && (
          <CreateButton label={text.invites.create} title={text.invites.createTitle}>
            {(close) => <NewInviteForm close={close} />}
          </CreateButton>
        )
      }
      toolbar={
        <FilterSelect
          filters={filters}
          name="state"
          label={text.invites.state}
          any={text.invites.anyState}
          width={150}
          data={Object.entries(text.invites.states).map(([value, label]) => ({ value, label }))}
        />
      }
    >
      <MailIsOff />
    </CollectionPage>
  );
}

function Actions({ invite }: { invite: Invite }) {
  const access = useAccess();
  const mayWrite = access.inOrganization("invite:write", invite.organization);
  const mayDelete = access.inOrganization("invite:delete", invite.organization) && invite.state === "pending";
  if (invite.state === "accepted" || invite.state === "revoked" || !(mayWrite || mayDelete)) return null;
  const revoke = () =>
    confirmDestructive({
      title: text.invites.revokeTitle(invite.email),
      consequences: text.invites.revokeText,
      confirmLabel: text.invites.revokeNow,
      run: () => invites.remove(invite.id),
      done: text.invites.revoked,
    });
  return (
    <ActionsMenu of={invite.email}>
      {mayWrite && (
        <DialogItem label={text.invites.resend} title={text.invites.resendTitle(invite.email)}>
          {(close) => <Resend invite={invite} close={close} />}
        </DialogItem>
      )}
      {mayDelete && (
        <Menu.Item color="var(--nimbus-bad)" onClick={revoke}>
          {text.invites.revoke}
        </Menu.Item>
      )}
    </ActionsMenu>
  );
}

function Resend({ invite, close }: { invite: Invite; close: () => void }) {
  const [ttl, setTtl] = useState("7d");
  const [sent, setSent] = useState<NewInvite | null>(null);
  if (sent) return <SentOrShown invite={sent} close={close} />;
  return (
    <SendForm
      submitLabel={text.invites.resendNow}
      submit={async () => setSent(await resendInvite(invite.id, ttl))}
    >
      <Text size="sm">{text.invites.resendText}</Text>
      <NativeSelect
        label={text.invites.ttl}
        value={ttl}
        data={durations(TTLS)}
        onChange={(event) => setTtl(event.currentTarget.value)}
      />
    </SendForm>
  );
}

/** Said to whoever may know it; others notice by the link that they are shown. */
function MailIsOff() {
  const access = useAccess();
  const { data } = useQuery({ ...mailSettingsQuery, enabled: access.everywhere("settings:read") });
  if (data === undefined || data.value.enabled) return null;
  return (
    <Alert
      variant="default"
      icon={<IconMailOff color="var(--nimbus-warn)" />}
      title={text.invites.noMailTitle}
    >
      {text.invites.noMailText}{" "}
      <Anchor underline="always" component={PageLink} to="/settings" search={{ tab: "mail" }} inherit>
        {text.invites.setUpMail}
      </Anchor>
    </Alert>
  );
}
