import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { text } from "../../text/edge";
import type { LocationProps } from "./form";
import { newPair, newRewrite } from "./values";

const words = text.virtualHosts;
const FLAGS = ["last", "break", "redirect", "permanent"];

interface HeadersProps extends LocationProps {
  list: "headers" | "requestHeaders";
  /** What the API calls them. */
  field: string;
  title: string;
}

/** Headers of a location: of its answers, or of what it sends on. */
export function HeaderFields(props: HeadersProps) {
  const { form, at, errors, list, field, title } = props;
  const path = `locations.${at}.${list}`;
  const error = (row: number, name: string) => errors[`locations[${at}].${field}[${row}].${name}`];
  return (
    <Stack gap="xs" role="group" aria-label={title}>
      <Text size="sm" fw={500}>
        {title}
      </Text>
      {form.values.locations[at]?.[list].map(({ key, name }, row) => (
        <Group key={key} gap="xs" align="start" wrap="nowrap">
          <TextInput
            aria-label={words.header}
            placeholder={words.header}
            spellCheck={false}
            {...form.getInputProps(`${path}.${row}.name`)}
            error={error(row, "name")}
          />
          <TextInput
            flex={1}
            aria-label={words.value}
            placeholder={words.value}
            spellCheck={false}
            {...form.getInputProps(`${path}.${row}.value`)}
            error={error(row, "value")}
          />
          <Remove label={words.removeHeader(name)} onClick={() => form.removeListItem(path, row)} />
        </Group>
      ))}
      <Add label={words.addHeader} onClick={() => form.insertListItem(path, newPair())} />
    </Stack>
  );
}

export function RewriteFields({ form, at, errors }: LocationProps) {
  const path = `locations.${at}.rewrites`;
  const error = (row: number, name: string) => errors[`locations[${at}].rewrite_rules[${row}].${name}`];
  return (
    <Stack gap="xs" role="group" aria-label={words.rewrites}>
      <Text size="sm" fw={500}>
        {words.rewrites}
      </Text>
      {form.values.locations[at]?.rewrites.map(({ key }, row) => (
        <Group key={key} gap="xs" align="start" wrap="nowrap">
          <TextInput
            flex={1}
            aria-label={words.pattern}
            placeholder="^/old/(.*)$"
            spellCheck={false}
            {...form.getInputProps(`${path}.${row}.pattern`)}
            error={error(row, "pattern")}
          />
          <TextInput
            flex={1}
            aria-label={words.replacement}
            placeholder="/new/$1"
            spellCheck={false}
            {...form.getInputProps(`${path}.${row}.replacement`)}
            error={error(row, "replacement")}
          />
          <Select
            w="8rem"
            aria-label={words.flag}
            data={FLAGS}
            allowDeselect={false}
            {...form.getInputProps(`${path}.${row}.flag`)}
          />
          <Remove label={words.removeRewrite(row + 1)} onClick={() => form.removeListItem(path, row)} />
        </Group>
      ))}
      <Add label={words.addRewrite} onClick={() => form.insertListItem(path, newRewrite())} />
    </Stack>
  );
}

function Add({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Group>
      <Button variant="default" size="xs" leftSection={<IconPlus size={14} />} onClick={onClick}>
        {label}
      </Button>
    </Group>
  );
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" mt={4} aria-label={label} onClick={onClick}>
      <IconTrash size={16} />
    </ActionIcon>
  );
}
