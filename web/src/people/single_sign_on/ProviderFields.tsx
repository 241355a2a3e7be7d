import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  PasswordInput,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconX } from "@tabler/icons-react";
import type { Schema } from "../../api/types";
import { text } from "../../text/people";
import { GroupChoice, OrganizationChoice } from "../choices";

export type Values = Required<Omit<Schema<"IdentityProviderRequest">, "group_mapping" | "labels">> & {
  group_mapping: { value: string; group: string }[];
};

type Form = UseFormReturnType<Values>;

function items(labels: Record<string, string>) {
  return Object.entries(labels).map(([value, label]) => ({ value, label }));
}

/** How the provider is reached, and what this control plane is to it. */
export function ConnectionFields(props: { form: Form; isNew: boolean; hasSecret: boolean }) {
  const { form, isNew, hasSecret } = props;
  return (
    <div className="side-by-side">
      <TextInput
        label={text.providers.name}
        description={text.providers.nameHelp}
        spellCheck={false}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <TextInput label={text.providers.displayName} {...form.getInputProps("display_name")} />
      <NativeSelect
        label={text.providers.kind}
        disabled={!isNew}
        data={items(text.providers.kinds)}
        {...form.getInputProps("kind")}
      />
      {form.values.kind === "oidc" && (
        <TextInput
          label={text.providers.issuer}
          description={text.providers.issuerHelp}
          type="url"
          spellCheck={false}
          {...form.getInputProps("issuer")}
        />
      )}
      <TextInput
        label={text.providers.clientId}
        spellCheck={false}
        autoComplete="off"
        {...form.getInputProps("client_id")}
      />
      <PasswordInput
        label={text.providers.clientSecret}
        description={hasSecret ? text.providers.secretKept : undefined}
        autoComplete="new-password"
        {...form.getInputProps("client_secret")}
      />
      <TagsInput
        label={text.providers.scopes}
        description={text.providers.scopesHelp}
        acceptValueOnBlur
        {...form.getInputProps("scopes")}
      />
      <TextInput
        label={text.providers.redirectUri}
        description={isNew ? text.providers.redirectUriHelp : undefined}
        type="url"
        {...form.getInputProps("redirect_uri")}
      />
    </div>
  );
}

/** Who may come in through it, and what is read of what it says about them. */
export function PeopleFields({ form }: { form: Form }) {
  return (
    <>
      <div className="side-by-side">
        <NativeSelect
          label={text.providers.signUp}
          data={items(text.providers.signUps)}
          {...form.getInputProps("sign_up")}
        />
        <OrganizationChoice
          permission="user:write"
          label={text.providers.organization}
          {...form.getInputProps("organization")}
        />
        <TextInput
          label={text.providers.usernameClaim}
          placeholder="preferred_username"
          {...form.getInputProps("username_claim")}
        />
        <TextInput label={text.providers.groupsClaim} {...form.getInputProps("groups_claim")} />
        <TagsInput
          label={text.providers.domains}
          description={text.providers.domainsHelp}
          acceptValueOnBlur
          {...form.getInputProps("email_domains")}
        />
      </div>
      <Checkbox
        size="xs"
        label={text.providers.requireVerified}
        {...form.getInputProps("require_verified_email", { type: "checkbox" })}
      />
      <Checkbox
        size="xs"
        label={text.providers.linkByEmail}
        description={text.providers.linkByEmailHelp}
        {...form.getInputProps("link_by_email", { type: "checkbox" })}
      />
    </>
  );
}

/** Which group here stands for which group there. */
export function GroupMappingFields({ form }: { form: Form }) {
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {text.providers.mapping}
      </Text>
      {form.values.group_mapping.map((pair, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing else that stays while it is typed
        <Group key={index} gap="xs" wrap="nowrap" align="flex-end">
          <TextInput
            label={text.providers.mappingValue}
            {...form.getInputProps(`group_mapping.${index}.value`)}
          />
          <GroupChoice
            label={text.providers.mappingGroup}
            required
            {...form.getInputProps(`group_mapping.${index}.group`)}
          />
          <ActionIcon
            mb={6}
            aria-label={text.providers.removeMapping(pair.value)}
            onClick={() => form.removeListItem("group_mapping", index)}
          >
            <IconX size={15} />
          </ActionIcon>
        </Group>
      ))}
      <Group>
        <Button
          variant="default"
          onClick={() => form.insertListItem("group_mapping", { value: "", group: "" })}
        >
          {text.providers.addMapping}
        </Button>
      </Group>
    </Stack>
  );
}
