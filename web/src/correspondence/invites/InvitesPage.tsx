import { ActionIcon, Alert, Anchor, Button, Menu, NativeSelect, Select, Text } from "@mantine/core";
import { IconDots, IconMailOff, IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import { confirmDestructive } from "../../components/confirm";
import { type Column, DataTable } from "../../components/DataTable";
import { dialog, SendForm } from "../../components/dialog";
import { durations } from "../../components/durations";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { notifyDone } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { text } from "../../text";
import { mailSettingsQuery } from "../mail/requests";
import { NewInviteForm, SentOrShown, TTLS } from "./NewInvite";
import { type Invite, listInvites, type NewInvite, resendInvite, revokeInvite } from "./requests";

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
    cell: (invite) => invite.workspace ?? text.grants.wholeOrganization(invite.organization),
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
    cell: (invite) => <Mail invite={invite} />,
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

function Mail({ invite }: { invite: Invite }) {
  if (invite.mail === null) return <span className="quiet">{text.invites.noMail}</span>;
  return (
    <span title={invite.mail.answer}>
      <Status state={invite.mail.state} word={text.invites.mailStates[invite.mail.state]} />
    </span>
  );
}

function Actions({ invite }: { invite: Invite }) {
  const access = useAccess();
  const client = useQueryClient();
  const mayWrite = access.inOrganization("invite:write", invite.organization);
  const mayDelete = access.inOrganization("invite:delete", invite.organization) && invite.state === "pending";
  if (invite.state === "accepted" || invite.state === "revoked" || !(mayWrite || mayDelete)) return null;
  const revoke = () =>
    confirmDestructive({
      title: text.invites.revokeTitle(invite.email),
      consequences: text.invites.revokeText,
      confirmLabel: text.invites.revokeNow,
      run: async () => {
        await revokeInvite(invite.id);
        notifyDone(text.invites.revoked);
        await client.invalidateQueries({ queryKey: ["invites"] });
      },
    });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={text.common.actionsOf(invite.email)}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayWrite && (
          <Menu.Item
            onClick={() =>
              dialog(text.invites.resendTitle(invite.email), (close) => (
                <Resend invite={invite} close={close} />
              ))
            }
          >
            {text.invites.resend}
          </Menu.Item>
        )}
        {mayDelete && (
          <Menu.Item color="red" onClick={revoke}>
            {text.invites.revoke}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Resend({ invite, close }: { invite: Invite; close: () => void }) {
  const client = useQueryClient();
  const [ttl, setTtl] = useState("7d");
  const [sent, setSent] = useState<NewInvite | null>(null);
  if (sent) return <SentOrShown invite={sent} close={close} />;
  return (
    <SendForm
      submitLabel={text.invites.resendNow}
      submit={async () => {
        setSent(await resendInvite(invite.id, ttl));
        await client.invalidateQueries({ queryKey: ["invites"] });
      }}
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

/** Said to whoever may know it; others see it by the link that they are shown. */
function MailOff() {
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

export function InvitesPage() {
  const access = useAccess();
  const { filters, set, filtered, clear } = useFilters("search", "state", "sort");
  const create = access.somewhere("invite:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => dialog(text.invites.createTitle, (close) => <NewInviteForm close={close} />)}
    >
      {text.invites.create}
    </Button>
  );
  return (
    <PageFrame title={text.invites.title} actions={create}>
      <MailOff />
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.invites.search}
          />
          <Select
            size="xs"
            w={150}
            aria-label={text.invites.state}
            placeholder={text.invites.anyState}
            clearable
            data={Object.entries(text.invites.states).map(([value, label]) => ({ value, label }))}
            value={filters.state || null}
            onChange={(state) => set({ state: state ?? "" })}
          />
        </Toolbar>
        <DataTable
          label={text.invites.title}
          columns={columns}
          rowId={(invite) => invite.id}
          queryKey={["invites", "list", filters]}
          load={(page, perPage) => listInvites(filters, page, perPage)}
          sort={filters.sort}
          onSort={(sort) => set({ sort })}
          filtered={filtered}
          empty={
            <Empty title={text.invites.emptyTitle} action={create}>
              {text.invites.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
