import { Alert, Loader } from "@mantine/core";
import { IconMailOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { Failure } from "../../components/Failure";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text";
import { NotificationPanel } from "../notifications/NotificationPanel";
import { MailServerForm } from "./MailServerForm";
import { MailTest } from "./MailTest";
import { Outbox } from "./Outbox";
import { mailSettingsQuery } from "./requests";

/** The mail server, what goes out through it, and who is told what. */
export function MailSettings() {
  const access = useAccess();
  const mayWrite = access.everywhere("settings:write");
  const asked = useQuery(mailSettingsQuery);
  if (asked.isError) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data === undefined) return <Loader size="sm" />;
  const { value: settings, tag } = asked.data;
  return (
    <div className="stack">
      {!settings.enabled && (
        <Alert variant="default" icon={<IconMailOff color="var(--nimbus-warn)" />} title={text.mail.off} />
      )}
      <div className="columns">
        <Panel title={text.mail.server}>
          <div className="stack">
            {/* Other settings are another form: what was typed over old ones goes. */}
            <MailServerForm key={tag} settings={settings} tag={tag} mayWrite={mayWrite} />
            {mayWrite && settings.enabled && <MailTest />}
          </div>
        </Panel>
        <NotificationPanel organization="" mayWrite={mayWrite} />
      </div>
      <Outbox />
    </div>
  );
}
