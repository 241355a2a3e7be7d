import { PasswordInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import type { Schema } from "../../api/types";
import { changedFields } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { ShownOnce } from "../../components/ShownOnce";
import { text } from "../../text/records";
import { destinations } from "./requests";

interface Values {
  name: string;
  target: string;
  secret: string;
  ca_pem: string;
  begin: Schema<"DestinationRequest">["begin"];
  enabled: boolean;
}

const EMPTY: Values = { name: "", target: "", secret: "", ca_pem: "", begin: "now", enabled: true };
const texts = text.destinations;

/** The secret that was created is shown once it is there. */
export function NewDestination({ close }: { close: () => void }) {
  const [created, setCreated] = useState<{ name: string; secret: string } | null>(null);
  if (created) {
    return (
      <ShownOnce
        values={[{ name: texts.secretCreated(created.name), value: created.secret }]}
        file={`${created.name}-secret.txt`}
        close={close}
      />
    );
  }
  return (
    <DestinationForm
      start={EMPTY}
      isNew
      send={async ({ secret, ...values }) => {
        const made = await destinations.create({ ...values, ...(secret ? { secret } : {}) });
        if (made.secret) setCreated({ name: made.destination.name, secret: made.secret });
        else close();
      }}
    />
  );
}

export function EditDestination({ id, close }: { id: string; close: () => void }) {
  return (
    <Loaded query={{ ...destinations.get(id), gcTime: 0 }}>
      {({ value: { name, target, ca_pem, enabled }, tag }) => {
        const start: Values = { ...EMPTY, name, target, ca_pem, enabled };
        return (
          <DestinationForm
            start={start}
            isNew={false}
            send={async (values) => {
              const { begin: _, ...changes } = changedFields(start, values);
              await destinations.change(id, changes, tag);
              close();
            }}
          />
        );
      }}
    </Loaded>
  );
}

interface FormProps {
  start: Values;
  isNew: boolean;
  send: (values: Values) => Promise<void>;
}

function DestinationForm({ start, isNew, send }: FormProps) {
  const form = useForm<Values>({ initialValues: start });
  const { name, target } = form.values;
  return (
    <SendForm
      form={form}
      submitLabel={text.common.save}
      disabled={!name.trim() || !target.trim()}
      submit={async () => {
        await send(form.values);
        notifyDone(texts.saved(name));
      }}
    >
      <TextInput label={texts.name} required data-autofocus {...form.getInputProps("name")} />
      <TextInput
        label={texts.target}
        description={texts.targetHelp}
        required
        spellCheck={false}
        classNames={{ input: "mono" }}
        {...form.getInputProps("target")}
      />
      {!target.startsWith("syslog") && (
        <PasswordInput
          label={texts.secret}
          description={isNew ? texts.secretHelp : texts.secretKept}
          autoComplete="off"
          {...form.getInputProps("secret")}
        />
      )}
      {isNew && (
        <Select
          label={texts.begin}
          allowDeselect={false}
          data={Object.entries(texts.begins).map(([value, label]) => ({ value, label }))}
          {...form.getInputProps("begin")}
        />
      )}
      <Textarea
        label={texts.ca}
        description={texts.caHelp}
        autosize
        minRows={1}
        maxRows={6}
        spellCheck={false}
        classNames={{ input: "mono" }}
        {...form.getInputProps("ca_pem")}
      />
      <Switch size="xs" label={texts.enabled} {...form.getInputProps("enabled", { type: "checkbox" })} />
    </SendForm>
  );
}
