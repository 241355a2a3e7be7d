import { Alert } from "@mantine/core";
import { IconMailOff } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text/correspondence";
import { NotificationPanel } from "../notifications";
import { MailServerForm } from "./MailServerForm";
import { MailTest } from "./MailTest";
import { Outbox } from "./Outbox";
import { mailSettingsQuery } from "./requests";

/** The mail server, what goes out through it, and who gets mail about what. */
export function MailSettings() {
  const access = useAccess();
  const mayWrite = access.everywhere("settings:write");
  return (
    <Loaded query={mailSettingsQuery}>
      {({ value: settings, tag }) => (
        <div className="stack">
          {!settings.enabled && (
            <Alert
              variant="default"
              icon={<IconMailOff color="var(--nimbus-warn)" />}
              title={text.mail.off}
            />
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
      )}
    </Loaded>
  );
}
