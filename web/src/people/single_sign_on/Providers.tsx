import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { CreateButton } from "../../components/CreateButton";
import { confirmDestructive } from "../../components/confirm";
import { DialogButton } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { Field, Fields } from "../../components/Fields";
import { Loaded } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { useSend } from "../../components/SendForm";
import { Status } from "../../components/Status";
import { text } from "../../text/people";
import { EditProvider, NewProvider } from "./ProviderForm";
import { type Provider, providers, testProvider } from "./requests";

/** Where else people have accounts that they may sign in with. */
export function Providers() {
  return <Loaded query={providers.all()}>{({ rows }) => <ProviderList rows={rows} />}</Loaded>;
}

function ProviderList({ rows }: { rows: Provider[] }) {
  const access = useAccess();
  const create = access.everywhere("settings:write") && (
    <CreateButton label={text.providers.add} size="lg">
      {(close) => <NewProvider close={close} />}
    </CreateButton>
  );
  if (rows.length === 0) {
    return (
      <Panel>
        <Empty title={text.providers.emptyTitle} action={create}>
          {text.providers.emptyText}
        </Empty>
      </Panel>
    );
  }
  return (
    <div className="stack">
      <Group justify="space-between">
        <Text size="sm" className="quiet">
          {text.providers.text}
        </Text>
        {create}
      </Group>
      {rows.map((provider) => (
        <ProviderPanel key={provider.id} provider={provider} />
      ))}
    </div>
  );
}

function ProviderPanel({ provider }: { provider: Provider }) {
  const access = useAccess();
  const [check, setCheck] = useState<Schema<"ProviderCheck"> | null>(null);
  const { send, busy, failure } = useSend();
  const { id, name } = provider;
  const remove = () =>
    confirmDestructive({
      title: text.providers.deleteTitle(name),
      consequences: text.providers.deleteText(provider.users),
      confirmLabel: text.common.delete,
      typed: name,
      run: () => providers.remove(id),
      done: text.providers.deleted(name),
    });
  return (
    <Panel
      title={provider.display_name || name}
      aside={
        access.everywhere("settings:write") && (
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              loading={busy}
              onClick={() => void send(async () => setCheck(await testProvider(id)))}
            >
              {text.providers.test}
            </Button>
            <DialogButton label={text.providers.edit} title={text.providers.editTitle(name)} size="lg">
              {(close) => <EditProvider id={id} close={close} />}
            </DialogButton>
            <Button variant="default" onClick={remove}>
              {text.providers.delete}
            </Button>
          </Group>
        )
      }
    >
      <Stack gap="sm">
        {failure}
        {check && <Check check={check} />}
        <About provider={provider} />
      </Stack>
    </Panel>
  );
}

function Check({ check }: { check: Schema<"ProviderCheck"> }) {
  return (
    <div role="status">
      <Status
        state={check.ok ? "ok" : "failed"}
        word={check.ok ? text.providers.testOk : text.providers.testFailed}
      />
      {check.problems.map((problem) => (
        <div key={problem}>{problem}</div>
      ))}
    </div>
  );
}

function About({ provider }: { provider: Provider }) {
  return (
    <Fields>
      <Field name={text.common.state}>
        <Status
          state={provider.enabled ? "enabled" : "disabled"}
          word={provider.enabled ? text.providers.on : text.providers.disabled}
        />{" "}
        <span className="quiet">{text.providers.users(provider.users)}</span>
      </Field>
      <Field name={text.providers.kind}>{text.providers.kinds[provider.kind]}</Field>
      {provider.issuer && (
        <Field name={text.providers.issuer}>
          <span className="mono">{provider.issuer}</span>
        </Field>
      )}
      <Field name={text.providers.clientId}>
        <span className="mono">{provider.client_id}</span>
      </Field>
      <Field name={text.providers.redirectUri}>
        <Copyable value={provider.redirect_uri} what={text.providers.redirectUri} />
        <div className="quiet">{text.providers.redirectUriText}</div>
      </Field>
      {provider.backchannel_logout_uri && (
        <Field name={text.providers.logoutUri}>
          <Copyable value={provider.backchannel_logout_uri} what={text.providers.logoutUri} />
        </Field>
      )}
      <Field name={text.providers.signUp}>{text.providers.signUps[provider.sign_up]}</Field>
      {provider.group_mapping.length > 0 && (
        <Field name={text.providers.mapping}>
          {provider.group_mapping.map((pair) => (
            <div key={`${pair.value}/${pair.group_id}`}>
              {pair.value} → {pair.organization}/{pair.group}
            </div>
          ))}
        </Field>
      )}
    </Fields>
  );
}
