import { ActionIcon, Checkbox, Group, NumberInput, SegmentedControl, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconTrash } from "@tabler/icons-react";
import type { FieldErrors } from "../../components/fieldErrors";
import { text } from "../../text/edge";
import type { General } from "../objects/GeneralFields";
import { NodeChoice } from "../objects/NodeChoice";
import { Part } from "../objects/Part";
import type { UpstreamValues } from "./values";

const words = text.upstreams;

/** One server of an upstream: an address or a node, and how it is used. */
export function ServerFields(props: {
  form: UseFormReturnType<General & UpstreamValues>;
  at: number;
  errors: FieldErrors;
}) {
  const { form, at, errors } = props;
  const field = (name: string) => form.getInputProps(`servers.${at}.${name}`);
  const error = (name: string) => errors[`servers[${at}].${name}`];
  const server = form.values.servers[at];
  if (server === undefined) return null;
  return (
    <Part
      title={words.server(at + 1)}
      aside={
        form.values.servers.length > 1 && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.removeServer(at + 1)}
            onClick={() => form.removeListItem("servers", at)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        )
      }
    >
      <Stack gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={words.kind}
          data={[
            { value: "address", label: words.kinds.address },
            { value: "node", label: words.kinds.node },
          ]}
          {...field("kind")}
        />
        {server.kind === "address" ? (
          <TextInput
            label={words.address}
            description={words.addressHelp}
            autoComplete="off"
            spellCheck={false}
            {...field("address")}
            error={error("address")}
          />
        ) : (
          <Group grow align="start">
            <NodeChoice label={words.node} {...field("node")} error={error("node")} />
            <NumberInput label={words.port} min={1} max={65_535} {...field("port")} error={error("port")} />
          </Group>
        )}
        <Group grow align="start">
          <NumberInput label={words.weight} min={1} max={1000} {...field("weight")} error={error("weight")} />
          <NumberInput
            label={words.maxFails}
            min={0}
            max={1000}
            {...field("maxFails")}
            error={error("max_fails")}
          />
          <NumberInput
            label={words.failTimeout}
            min={1}
            max={3600}
            {...field("failTimeout")}
            error={error("fail_timeout")}
          />
        </Group>
        <Group>
          <Checkbox label={words.backup} checked={server.backup} {...checkable(field("backup"))} />
          <Checkbox label={words.down} checked={server.down} {...checkable(field("down"))} />
        </Group>
      </Stack>
    </Part>
  );
}

/** Mantine's form gives a value where a checkbox takes whether it is checked. */
export function checkable<Props extends { value?: unknown; defaultValue?: unknown }>(props: Props) {
  const { value, defaultValue, ...rest } = props;
  return rest;
}
