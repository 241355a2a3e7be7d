import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAccess } from "../../access/useAccess";
import type { Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { confirmDestructive } from "../../components/confirm";
import { dialog, useSend } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { notifyDone } from "../../components/notify";
import { Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { text } from "../../text";
import { EditProvider, NewProvider } from "./ProviderForm";
import { deleteProvider, type Provider, providersQuery, testProvider } from "./requests";

/** Where people may sign in beside here. */
export function Providers() {
  const access = useAccess();
  const asked = useQuery(providersQuery);
  if (asked.isError) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data === undefined) return <Loader size="sm" />;
  const providers = asked.data.rows;
  const add = access.everywhere("settings:write") && (
    <Button
      leftSection={<IconPlus size={15} />}
      onClick={() => dialog(text.providers.add, (close) => <NewProvider close={close} />, "lg")}
    >
      {text.providers.add}
    </Button>
  );
  if (providers.length === 0) {
    return (
      <Panel>
        <Empty title={text.providers.emptyTitle} action={add}>
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
        {add}
      </Group>
      {providers.map((provider) => (
        <One key={provider.id} provider={provider} />
      ))}
    </div>
  );
}

function One({ provider }: { provider: Provider }) {
  const access = useAccess();
  const mayWrite = access.everywhere("settings:write");
  const [check, setCheck] = useState<Schema<"ProviderCheck"> | null>(null);
  const { send, busy, failure } = useSend();
  return (
    <Panel
      title={provider.display_name || provider.name}
      aside={
        mayWrite && (
          <Group gap="xs" wrap="nowrap">
            <Button
              variant="default"
              loading={busy}
              onClick={() => void send(async () => setCheck(await testProvider(provider.id)))}
            >
              {text.providers.test}
            </Button>
            <Button
              variant="default"
              onClick={() =>
                dialog(
                  text.providers.editTitle(provider.name),
                  (close) => <EditProvider id={provider.id} close={close} />,
                  "lg",
                )
              }
            >
              {text.providers.edit}
            </Button>
            <Delete provider={provider} />
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

function Delete({ provider }: { provider: Provider }) {
  const client = useQueryClient();
  const remove = () =>
    confirmDestructive({
      title: text.providers.deleteTitle(provider.name),
      consequences: text.providers.deleteText(provider.users),
      confirmLabel: text.common.delete,
      typed: provider.name,
      run: async () => {
        await deleteProvider(provider.id);
        notifyDone(text.providers.deleted(provider.name));
        await client.invalidateQueries({ queryKey: ["identity-providers"] });
      },
    });
  return (
    <Button variant="default" onClick={remove}>
      {text.providers.delete}
    </Button>
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
