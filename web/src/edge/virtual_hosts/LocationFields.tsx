import {
  ActionIcon,
  Button,
  Checkbox,
  Collapse,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  TagsInput,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { FieldErrors } from "../../components/fieldErrors";
import { text } from "../../text/edge";
import { Part } from "../objects/Part";
import { upstreams } from "../objects/requests";
import { errorBelow } from "../objects/useDraft";
import { checkable } from "../upstreams/ServerFields";
import type { HostForm, LocationProps } from "./form";
import { HeaderFields, RewriteFields } from "./ListFields";

const words = text.virtualHosts;
const STATUSES = ["301", "302", "307", "308"];

/** One location: for which paths, what answers, and what is seldom said of it below "More". */
export function LocationFields(props: LocationProps) {
  const { form, at, errors } = props;
  const [more, { toggle }] = useDisclosure(false);
  const location = form.values.locations[at];
  if (location === undefined) return null;
  const field = (name: string) => form.getInputProps(`locations.${at}.${name}`);
  return (
    <Part title={words.location(at + 1)} aside={<Order form={form} at={at} />}>
      <Stack gap="xs">
        <TextInput
          label={words.path}
          description={words.pathHelp}
          autoComplete="off"
          spellCheck={false}
          {...field("path")}
          error={errors[`locations[${at}].path`]}
        />
        <SegmentedControl
          size="xs"
          aria-label={words.answer}
          data={Object.entries(words.answers).map(([value, label]) => ({ value, label }))}
          {...field("kind")}
        />
        <AnswerFields {...props} />
        <Group>
          <Checkbox label={words.websocket} checked={location.websocket} {...checkable(field("websocket"))} />
          <Button variant="subtle" size="xs" aria-expanded={more} onClick={toggle}>
            {words.more}
          </Button>
        </Group>
        <Collapse expanded={more}>
          <MoreFields {...props} />
        </Collapse>
        {!more && errorBelow(rarelySaid(errors, at), `locations[${at}]`) && (
          <div className="mono">{errorBelow(rarelySaid(errors, at), `locations[${at}]`)}</div>
        )}
      </Stack>
    </Part>
  );
}

/** Those of fields below "More". */
function rarelySaid(errors: FieldErrors, at: number): FieldErrors {
  const names = ["custom_headers", "request_headers", "rewrite_rules", "proxy_timeout", "allow"];
  const starts = names.map((name) => `locations[${at}].${name}`);
  return Object.fromEntries(
    Object.entries(errors).filter(([name]) => starts.some((start) => name.startsWith(start))),
  );
}

function Order({ form, at }: { form: HostForm; at: number }) {
  return (
    <>
      {at > 0 && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.moveUp(at + 1)}
          onClick={() => form.reorderListItem("locations", { from: at, to: at - 1 })}
        >
          <IconArrowUp size={16} />
        </ActionIcon>
      )}
      {form.values.locations.length > 1 && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.removeLocation(at + 1)}
          onClick={() => form.removeListItem("locations", at)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </>
  );
}

function AnswerFields({ form, at, errors }: LocationProps) {
  const field = (name: string) => form.getInputProps(`locations.${at}.${name}`);
  const error = (name: string) => errors[`locations[${at}].${name}`];
  const kind = form.values.locations[at]?.kind;
  const known = useQuery(upstreams.all());
  if (kind === "upstream")
    return (
      <Group grow align="start">
        <Select
          label={words.upstream}
          data={(known.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          searchable
          nothingFoundMessage={text.common.noMatches}
          {...field("upstream")}
          error={error("upstream_id")}
        />
        <TextInput
          label={words.upstreamPath}
          description={words.upstreamPathHelp}
          inputWrapperOrder={["label", "input", "error", "description"]}
          spellCheck={false}
          {...field("upstreamPath")}
          error={error("upstream_path")}
        />
      </Group>
    );
  if (kind === "proxy")
    return (
      <TextInput
        label={words.proxyPass}
        placeholder="http://10.0.0.5:8080/"
        spellCheck={false}
        {...field("proxyPass")}
        error={error("proxy_pass")}
      />
    );
  if (kind === "files")
    return (
      <Group grow align="start">
        <TextInput
          label={words.root}
          description={words.rootHelp}
          inputWrapperOrder={["label", "input", "error", "description"]}
          placeholder="/srv/www"
          spellCheck={false}
          {...field("root")}
          error={error("root")}
        />
        <TextInput
          label={words.index}
          placeholder="index.html"
          spellCheck={false}
          {...field("index")}
          error={error("index")}
        />
      </Group>
    );
  return (
    <Group grow align="start">
      <TextInput
        label={words.redirect}
        placeholder="https://www.example.com/"
        spellCheck={false}
        {...field("redirect")}
        error={error("redirect")}
      />
      <Select
        label={words.redirectStatus}
        data={STATUSES}
        allowDeselect={false}
        {...field("redirectStatus")}
      />
    </Group>
  );
}

function MoreFields(props: LocationProps) {
  const { form, at, errors } = props;
  const field = (name: string) => form.getInputProps(`locations.${at}.${name}`);
  return (
    <Stack gap="sm">
      <Group grow align="start">
        <NumberInput
          label={words.timeout}
          min={1}
          max={86_400}
          {...field("timeout")}
          error={errors[`locations[${at}].proxy_timeout`]}
        />
        <Checkbox
          mt="xl"
          label={words.buffering}
          checked={form.values.locations[at]?.buffering ?? true}
          {...checkable(field("buffering"))}
        />
      </Group>
      <TagsInput
        label={words.allow}
        description={words.allowHelp}
        {...field("allow")}
        error={errorBelow(errors, `locations[${at}].allow`)}
      />
      <HeaderFields {...props} list="headers" field="custom_headers" title={words.headers} />
      <HeaderFields {...props} list="requestHeaders" field="request_headers" title={words.requestHeaders} />
      <RewriteFields {...props} />
    </Stack>
  );
}
