import { NativeSelect, NumberInput, PasswordInput, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { SendForm } from "../../components/dialog";
import { notifyDone } from "../../components/notify";
import { text } from "../../text";
import { type MailSettings, setMailSettings } from "./requests";

const SECURITIES = ["starttls", "tls", "none"] as const;
const USUAL_PORT = { starttls: 587, tls: 465, none: 25 };

export function MailServerForm({
  settings,
  tag,
  mayWrite,
}: {
  settings: MailSettings;
  tag: string;
  mayWrite: boolean;
}) {
  const client = useQueryClient();
  const [given, setGiven] = useState(settings);
  const [password, setPassword] = useState("");
  const put = (change: Partial<MailSettings>) => setGiven({ ...given, ...change });
  const isNew = settings.host === "";
  async function submit() {
    await setMailSettings(
      {
        enabled: isNew || given.enabled,
        host: given.host.trim(),
        port: given.port,
        security: given.security,
        username: given.username.trim(),
        // Left out, the one that is kept is kept.
        ...(password || !given.username.trim() ? { password } : {}),
        from_address: given.from_address.trim(),
        from_name: given.from_name,
        ca_pem: given.ca_pem,
        timeout: given.timeout,
      },
      tag,
    );
    notifyDone(text.mail.saved);
    await client.invalidateQueries({ queryKey: ["settings"] });
  }
  return (
    <fieldset disabled={!mayWrite} className="plain">
      <SendForm
        submitLabel={text.common.save}
        disabled={!mayWrite || !given.host.trim() || !given.from_address.trim()}
        submit={submit}
      >
        <Text size="sm" className="quiet">
          {text.mail.serverText}
        </Text>
        {!isNew && (
          <Switch
            size="xs"
            label={text.mail.enabled}
            checked={given.enabled}
            onChange={(event) => put({ enabled: event.currentTarget.checked })}
          />
        )}
        <div className="side-by-side">
          <TextInput
            label={text.mail.host}
            value={given.host}
            onChange={(event) => put({ host: event.currentTarget.value })}
            spellCheck={false}
          />
          <NumberInput
            label={text.mail.port}
            value={given.port}
            min={1}
            max={65_535}
            allowDecimal={false}
            onChange={(port) => put({ port: Number(port) })}
          />
          <NativeSelect
            label={text.mail.security}
            value={given.security}
            data={SECURITIES.map((value) => ({ value, label: text.mail.securities[value] }))}
            onChange={(event) => {
              const security = event.currentTarget.value as MailSettings["security"];
              put({ security, port: USUAL_PORT[security] });
            }}
          />
          <TextInput
            label={text.mail.username}
            value={given.username}
            onChange={(event) => put({ username: event.currentTarget.value })}
            autoComplete="off"
          />
          <PasswordInput
            label={text.mail.password}
            description={settings.has_password ? text.mail.passwordKept : undefined}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="new-password"
          />
          <TextInput
            label={text.mail.from}
            type="email"
            value={given.from_address}
            onChange={(event) => put({ from_address: event.currentTarget.value })}
          />
          <TextInput
            label={text.mail.fromName}
            value={given.from_name}
            onChange={(event) => put({ from_name: event.currentTarget.value })}
          />
          <NumberInput
            label={text.mail.timeout}
            value={given.timeout}
            min={1}
            onChange={(timeout) => put({ timeout: Number(timeout) })}
          />
        </div>
        <Textarea
          label={text.mail.ca}
          description={text.mail.caHelp}
          value={given.ca_pem}
          autosize
          minRows={1}
          maxRows={8}
          spellCheck={false}
          classNames={{ input: "mono" }}
          onChange={(event) => put({ ca_pem: event.currentTarget.value })}
        />
      </SendForm>
    </fieldset>
  );
}
