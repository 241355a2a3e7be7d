import { Switch, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { changedFields } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { notifyDone } from "../../components/notify";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/people";
import { ConnectionFields, GroupMappingFields, PeopleFields, type Values } from "./ProviderFields";
import { type Provider, providers } from "./requests";

const EMPTY: Values = {
  name: "",
  kind: "oidc",
  display_name: "",
  issuer: "",
  client_id: "",
  client_secret: "",
  scopes: [],
  groups_claim: "groups",
  username_claim: "",
  group_mapping: [],
  organization: "",
  sign_up: "off",
  link_by_email: false,
  require_verified_email: true,
  email_domains: [],
  ca_pem: "",
  redirect_uri: "",
  enabled: true,
};

/** A provider as its form shows it; the secret is not told, and is kept when none is typed. */
function valuesOf(provider: Provider): Values {
  const names = Object.keys(EMPTY) as (keyof Provider & keyof Values)[];
  const same = Object.fromEntries(names.map((name) => [name, provider[name]])) as unknown as Values;
  return {
    ...same,
    client_secret: "",
    organization: provider.organization ?? "",
    group_mapping: provider.group_mapping.map(({ value, group_id: group }) => ({ value, group })),
  };
}

export function NewProvider({ close }: { close: () => void }) {
  return (
    <ProviderForm
      start={EMPTY}
      isNew
      hasSecret={false}
      close={close}
      send={({ scopes, ...values }) =>
        providers.create({ ...values, ...(scopes.length > 0 ? { scopes } : {}) })
      }
    />
  );
}

export function EditProvider({ id, close }: { id: string; close: () => void }) {
  return (
    <Loaded query={{ ...providers.get(id), gcTime: 0 }}>
      {({ value: provider, tag }) => {
        const start = valuesOf(provider);
        return (
          <ProviderForm
            start={start}
            isNew={false}
            hasSecret={provider.has_client_secret}
            close={close}
            send={(values) => {
              const { kind: _, ...changes } = changedFields(start, values);
              return providers.change(id, changes, tag);
            }}
          />
        );
      }}
    </Loaded>
  );
}

interface ProviderFormProps {
  start: Values;
  isNew: boolean;
  hasSecret: boolean;
  send: (values: Values) => Promise<unknown>;
  close: () => void;
}

function ProviderForm({ start, isNew, hasSecret, send, close }: ProviderFormProps) {
  const form = useForm<Values>({ initialValues: start });
  const { name, client_id: clientId, kind, issuer } = form.values;
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={!name.trim() || !clientId.trim() || (kind === "oidc" && !issuer.trim())}
      onDone={close}
      submit={async () => {
        await send(form.values);
        notifyDone(text.providers.saved(name));
      }}
    >
      <ConnectionFields form={form} isNew={isNew} hasSecret={hasSecret} />
      <PeopleFields form={form} />
      <GroupMappingFields form={form} />
      <Textarea
        label={text.providers.ca}
        description={text.providers.caHelp}
        autosize
        minRows={1}
        maxRows={6}
        spellCheck={false}
        classNames={{ input: "mono" }}
        {...form.getInputProps("ca_pem")}
      />
      <Switch
        size="xs"
        label={text.providers.enabled}
        {...form.getInputProps("enabled", { type: "checkbox" })}
      />
    </SendForm>
  );
}
