import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Loader,
  NativeSelect,
  PasswordInput,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../api/types";
import { SendForm } from "../../components/dialog";
import { Failure } from "../../components/Failure";
import { notifyDone } from "../../components/notify";
import { text } from "../../text";
import { GroupChoice, OrganizationChoice } from "../choices";
import { changeProvider, makeProvider, type Provider, providerQuery } from "./requests";

type Given = Omit<Schema<"IdentityProviderRequest">, "group_mapping" | "labels"> & {
  group_mapping: { value: string; group: string }[];
};

const EMPTY: Given = {
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

function givenOf(provider: Provider): Given {
  return {
    name: provider.name,
    kind: provider.kind,
    display_name: provider.display_name,
    issuer: provider.issuer,
    client_id: provider.client_id,
    client_secret: "",
    scopes: provider.scopes,
    groups_claim: provider.groups_claim,
    username_claim: provider.username_claim,
    group_mapping: provider.group_mapping.map(({ value, group_id }) => ({ value, group: group_id })),
    organization: provider.organization ?? "",
    sign_up: provider.sign_up,
    link_by_email: provider.link_by_email,
    require_verified_email: provider.require_verified_email,
    email_domains: provider.email_domains,
    ca_pem: provider.ca_pem,
    redirect_uri: provider.redirect_uri,
    enabled: provider.enabled,
  };
}

export function NewProvider({ close }: { close: () => void }) {
  return (
    <ProviderForm
      start={EMPTY}
      isNew
      close={close}
      send={({ scopes, ...given }) => makeProvider({ ...given, ...(scopes?.length ? { scopes } : {}) })}
    />
  );
}

export function EditProvider({ id, close }: { id: string; close: () => void }) {
  const { data, error } = useQuery({ ...providerQuery(id), gcTime: 0 });
  if (error) return <Failure error={error} />;
  if (data === undefined) return <Loader size="sm" />;
  const start = givenOf(data.value);
  // Only what was changed is sent: its kind cannot be, and a secret that is not typed is kept.
  const changes = (given: Given) =>
    Object.fromEntries(
      Object.entries(given).filter(
        ([field, value]) =>
          field !== "kind" && JSON.stringify(value) !== JSON.stringify(start[field as keyof Given]),
      ),
    ) as Schema<"IdentityProviderPatch">;
  return (
    <ProviderForm
      start={start}
      isNew={false}
      hasSecret={data.value.has_client_secret}
      close={close}
      send={(given) => changeProvider(id, changes(given), data.tag)}
    />
  );
}

function ProviderForm(props: {
  start: Given;
  isNew: boolean;
  hasSecret?: boolean;
  send: (given: Given) => Promise<Provider>;
  close: () => void;
}) {
  const client = useQueryClient();
  const [given, setGiven] = useState(props.start);
  const put = (change: Partial<Given>) => setGiven({ ...given, ...change });
  return (
    <SendForm
      submitLabel={text.common.save}
      disabled={
        !given.name.trim() || !given.client_id.trim() || (given.kind === "oidc" && !given.issuer?.trim())
      }
      onDone={props.close}
      submit={async () => {
        await props.send(given);
        notifyDone(text.providers.saved(given.name));
        await client.invalidateQueries({ queryKey: ["identity-providers"] });
      }}
    >
      <Connection given={given} put={put} isNew={props.isNew} hasSecret={props.hasSecret ?? false} />
      <People given={given} put={put} />
      <Mapping value={given.group_mapping} onChange={(group_mapping) => put({ group_mapping })} />
      <Textarea
        label={text.providers.ca}
        description={text.providers.caHelp}
        value={given.ca_pem}
        autosize
        minRows={1}
        maxRows={6}
        spellCheck={false}
        classNames={{ input: "mono" }}
        onChange={(event) => put({ ca_pem: event.currentTarget.value })}
      />
      <Switch
        size="xs"
        label={text.providers.enabled}
        checked={given.enabled}
        onChange={(event) => put({ enabled: event.currentTarget.checked })}
      />
    </SendForm>
  );
}

type Part = { given: Given; put: (change: Partial<Given>) => void };

function Connection({ given, put, isNew, hasSecret }: Part & { isNew: boolean; hasSecret: boolean }) {
  return (
    <div className="side-by-side">
      <TextInput
        label={text.providers.name}
        description={text.providers.nameHelp}
        value={given.name}
        spellCheck={false}
        data-autofocus
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      <TextInput
        label={text.providers.displayName}
        value={given.display_name}
        onChange={(event) => put({ display_name: event.currentTarget.value })}
      />
      <NativeSelect
        label={text.providers.kind}
        value={given.kind}
        disabled={!isNew}
        data={Object.entries(text.providers.kinds).map(([value, label]) => ({ value, label }))}
        onChange={(event) => put({ kind: event.currentTarget.value as Given["kind"] })}
      />
      {given.kind === "oidc" && (
        <TextInput
          label={text.providers.issuer}
          description={text.providers.issuerHelp}
          type="url"
          value={given.issuer}
          spellCheck={false}
          onChange={(event) => put({ issuer: event.currentTarget.value })}
        />
      )}
      <TextInput
        label={text.providers.clientId}
        value={given.client_id}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => put({ client_id: event.currentTarget.value })}
      />
      <PasswordInput
        label={text.providers.clientSecret}
        description={hasSecret ? text.providers.secretKept : undefined}
        value={given.client_secret}
        autoComplete="new-password"
        onChange={(event) => put({ client_secret: event.currentTarget.value })}
      />
      <TagsInput
        label={text.providers.scopes}
        description={text.providers.scopesHelp}
        value={given.scopes}
        onChange={(scopes) => put({ scopes })}
        acceptValueOnBlur
      />
      <TextInput
        label={text.providers.redirectUri}
        description={isNew ? text.providers.redirectUriHelp : undefined}
        value={given.redirect_uri}
        type="url"
        onChange={(event) => put({ redirect_uri: event.currentTarget.value })}
      />
    </div>
  );
}

function People({ given, put }: Part) {
  return (
    <>
      <div className="side-by-side">
        <NativeSelect
          label={text.providers.signUp}
          value={given.sign_up}
          data={Object.entries(text.providers.signUps).map(([value, label]) => ({ value, label }))}
          onChange={(event) => put({ sign_up: event.currentTarget.value as Given["sign_up"] })}
        />
        <OrganizationChoice
          permission="user:write"
          label={text.providers.organization}
          value={given.organization ?? ""}
          onChange={(organization) => put({ organization })}
        />
        <TextInput
          label={text.providers.usernameClaim}
          placeholder="preferred_username"
          value={given.username_claim}
          onChange={(event) => put({ username_claim: event.currentTarget.value })}
        />
        <TextInput
          label={text.providers.groupsClaim}
          value={given.groups_claim}
          onChange={(event) => put({ groups_claim: event.currentTarget.value })}
        />
        <TagsInput
          label={text.providers.domains}
          description={text.providers.domainsHelp}
          value={given.email_domains}
          acceptValueOnBlur
          onChange={(email_domains) => put({ email_domains })}
        />
      </div>
      <Checkbox
        size="xs"
        label={text.providers.requireVerified}
        checked={given.require_verified_email}
        onChange={(event) => put({ require_verified_email: event.currentTarget.checked })}
      />
      <Checkbox
        size="xs"
        label={text.providers.linkByEmail}
        description={text.providers.linkByEmailHelp}
        checked={given.link_by_email}
        onChange={(event) => put({ link_by_email: event.currentTarget.checked })}
      />
    </>
  );
}

function Mapping({
  value,
  onChange,
}: {
  value: Given["group_mapping"];
  onChange: (value: Given["group_mapping"]) => void;
}) {
  const put = (at: number, change: Partial<Given["group_mapping"][number]>) =>
    onChange(value.map((each, index) => (index === at ? { ...each, ...change } : each)));
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {text.providers.mapping}
      </Text>
      {value.map((pair, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing else that stays while it is typed
        <Group key={at} gap="xs" wrap="nowrap" align="flex-end">
          <TextInput
            label={text.providers.mappingValue}
            value={pair.value}
            onChange={(event) => put(at, { value: event.currentTarget.value })}
          />
          <GroupChoice
            label={text.providers.mappingGroup}
            value={pair.group}
            onChange={(group) => put(at, { group })}
            required
          />
          <ActionIcon
            mb={6}
            aria-label={text.providers.removeMapping(pair.value)}
            onClick={() => onChange(value.filter((_, index) => index !== at))}
          >
            <IconX size={15} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button variant="default" onClick={() => onChange([...value, { value: "", group: "" }])}>
          {text.providers.addMapping}
        </Button>
      </Group>
    </Stack>
  );
}
