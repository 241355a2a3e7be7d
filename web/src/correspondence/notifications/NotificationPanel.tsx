import { Checkbox, Stack, TagsInput, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { Loaded } from "../../components/Loaded";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/correspondence";
import { type NotificationSettings, notificationsQuery, setNotifications } from "./requests";

interface Scope {
  /** "": the whole control plane. */
  organization: string;
  mayWrite: boolean;
}

/** Who gets mail about what. */
export function NotificationPanel({ organization, mayWrite }: Scope) {
  return (
    <Panel title={text.notifications.title}>
      <Loaded query={notificationsQuery(organization)} size="xs">
        {({ value, tag }) => (
          // Other settings are another form.
          <SettingsForm
            key={tag}
            settings={value}
            tag={tag}
            organization={organization}
            mayWrite={mayWrite}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function SettingsForm(props: Scope & { settings: NotificationSettings; tag: string }) {
  const { settings, tag, organization, mayWrite } = props;
  const form = useForm({ initialValues: { recipients: settings.recipients, kinds: settings.kinds } });
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!mayWrite}
      submit={async () => {
        await setNotifications(organization, form.values, tag);
        notifyDone(text.notifications.saved);
      }}
    >
      <Text size="sm" className="quiet">
        {organization ? text.notifications.ofOrganization : text.notifications.ofAll}
      </Text>
      <TagsInput
        label={text.notifications.recipients}
        description={text.notifications.recipientsHelp}
        disabled={!mayWrite}
        acceptValueOnBlur
        {...form.getInputProps("recipients")}
      />
      <Checkbox.Group label={text.notifications.about} {...form.getInputProps("kinds")}>
        <Stack gap={6} mt={6}>
          {Object.entries(text.notifications.kinds).map(([kind, label]) => (
            <Checkbox key={kind} size="xs" value={kind} label={label} disabled={!mayWrite} />
          ))}
        </Stack>
      </Checkbox.Group>
    </SendForm>
  );
}
