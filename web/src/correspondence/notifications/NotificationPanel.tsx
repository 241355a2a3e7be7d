import { Checkbox, Loader, Stack, TagsInput, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../api/types";
import { SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text";
import { notificationsQuery, setNotifications } from "./requests";

type Settings = Schema<"NotificationSettingsView">;

/** Who is told what by mail: of an organization, or, with "", of everything. */
export function NotificationPanel({ organization, mayWrite }: { organization: string; mayWrite: boolean }) {
  const asked = useQuery(notificationsQuery(organization));
  return (
    <Panel title={text.notifications.title}>
      {asked.isError && <Failure error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <Loader size="xs" />}
      {asked.data && (
        <Form
          key={asked.data.tag}
          settings={asked.data.value}
          tag={asked.data.tag}
          organization={organization}
          mayWrite={mayWrite}
        />
      )}
    </Panel>
  );
}

function Form({
  settings,
  tag,
  organization,
  mayWrite,
}: {
  settings: Settings;
  tag: string;
  organization: string;
  mayWrite: boolean;
}) {
  const client = useQueryClient();
  const [recipients, setRecipients] = useState(settings.recipients);
  const [kinds, setKinds] = useState<string[]>(settings.kinds);
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!mayWrite}
      submit={async () => {
        await setNotifications(organization, { recipients, kinds: kinds as Settings["kinds"] }, tag);
        notifyDone(text.notifications.saved);
        await client.invalidateQueries({ queryKey: ["settings"] });
      }}
    >
      <Text size="sm" className="quiet">
        {organization ? text.notifications.ofOrganization : text.notifications.ofAll}
      </Text>
      <TagsInput
        label={text.notifications.recipients}
        description={text.notifications.recipientsHelp}
        value={recipients}
        onChange={setRecipients}
        disabled={!mayWrite}
        acceptValueOnBlur
      />
      <Checkbox.Group label={text.notifications.about} value={kinds} onChange={setKinds}>
        <Stack gap={6} mt={6}>
          {Object.entries(text.notifications.kinds).map(([kind, label]) => (
            <Checkbox key={kind} size="xs" value={kind} label={label} disabled={!mayWrite} />
          ))}
        </Stack>
      </Checkbox.Group>
    </SendForm>
  );
}
