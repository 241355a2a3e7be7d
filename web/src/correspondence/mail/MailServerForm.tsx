import { NativeSelect, NumberInput, PasswordInput, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { AskUnsaved } from "../../components/AskUnsaved";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/correspondence";
import { type MailSettings, setMailSettings } from "./requests";

const SECURITIES = ["starttls", "tls", "none"] as const;
const USUAL_PORT = { starttls: 587, tls: 465, none: 25 };

type Values = MailSettings & { password: string };

export function MailServerForm(props: { settings: MailSettings; tag: string; mayWrite: boolean }) {
  const { settings, tag, mayWrite } = props;
  const form = useForm<Values>({ initialValues: { ...settings, password: "" } });
  const isNew = settings.host === "";
  return (
    <fieldset disabled={!mayWrite} className="plain">
      <AskUnsaved changed={form.isDirty()} />
      <SendForm
        form={form}
        submitLabel={text.common.save}
        disabled={!mayWrite || !form.values.host.trim() || !form.values.from_address.trim()}
        submit={async () => {
          await setMailSettings(requestOf(form.values, isNew), tag);
          form.resetDirty();
          notifyDone(text.mail.saved);
        }}
      >
        <Text size="sm" className="quiet">
          {text.mail.serverText}
        </Text>
        {!isNew && (
          <Switch
            size="xs"
            label={text.mail.enabled}
            {...form.getInputProps("enabled", { type: "checkbox" })}
          />
        )}
        <Server form={form} hasPassword={settings.has_password} />
        <Textarea
          label={text.mail.ca}
          description={text.mail.caHelp}
          autosize
          minRows={1}
          maxRows={8}
          spellCheck={false}
          classNames={{ input: "mono" }}
          {...form.getInputProps("ca_pem")}
        />
      </SendForm>
    </fieldset>
  );
}

/** `isNew`: settings that are made for the first time are switched on. */
function requestOf(values: Values, isNew: boolean): Parameters<typeof setMailSettings>[0] {
  const username = values.username.trim();
  return {
    enabled: isNew || values.enabled,
    host: values.host.trim(),
    port: Number(values.port),
    security: values.security,
    username,
    // Without this field the control plane keeps the password that it has.
    ...(values.password || !username ? { password: values.password } : {}),
    from_address: values.from_address.trim(),
    from_name: values.from_name,
    ca_pem: values.ca_pem,
    timeout: Number(values.timeout),
  };
}

function Server({ form, hasPassword }: { form: UseFormReturnType<Values>; hasPassword: boolean }) {
  return (
    <div className="side-by-side">
      <TextInput label={text.mail.host} spellCheck={false} {...form.getInputProps("host")} />
      <NumberInput
        label={text.mail.port}
        min={1}
        max={65_535}
        allowDecimal={false}
        {...form.getInputProps("port")}
      />
      <NativeSelect
        label={text.mail.security}
        value={form.values.security}
        data={SECURITIES.map((value) => ({ value, label: text.mail.securities[value] }))}
        onChange={(event) => {
          const security = event.currentTarget.value as Values["security"];
          form.setValues({ security, port: USUAL_PORT[security] });
        }}
      />
      <TextInput label={text.mail.username} autoComplete="off" {...form.getInputProps("username")} />
      <PasswordInput
        label={text.mail.password}
        description={hasPassword ? text.mail.passwordKept : undefined}
        autoComplete="new-password"
        {...form.getInputProps("password")}
      />
      <TextInput label={text.mail.from} type="email" {...form.getInputProps("from_address")} />
      <TextInput label={text.mail.fromName} {...form.getInputProps("from_name")} />
      <NumberInput label={text.mail.timeout} min={1} {...form.getInputProps("timeout")} />
    </div>
  );
}
