import { Button, Group, NumberInput, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { IconPlus } from "@tabler/icons-react";
import type { FieldErrors } from "../../components/fieldErrors";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text/edge";
import type { General } from "../objects/GeneralFields";
import { checkable, ServerFields } from "./ServerFields";
import { newServer, type UpstreamValues } from "./values";

const words = text.upstreams;
const choices = (of: Record<string, string>) =>
  Object.entries(of).map(([value, label]) => ({ value, label }));

type UpstreamForm = UseFormReturnType<General & UpstreamValues>;

interface FieldsProps {
  form: UpstreamForm;
  errors: FieldErrors;
}

export function UpstreamFields({ form, errors }: FieldsProps) {
  return (
    <>
      <Panel title={words.servers}>
        <Stack gap="sm">
          <Select
            label={words.algorithm}
            data={choices(words.algorithms)}
            allowDeselect={false}
            {...form.getInputProps("algorithm")}
          />
          {form.values.servers.map(({ key }, at) => (
            <ServerFields key={key} form={form} at={at} errors={errors} />
          ))}
          <Group>
            <Button
              variant="default"
              leftSection={<IconPlus size={15} />}
              onClick={() => form.insertListItem("servers", newServer())}
            >
              {words.addServer}
            </Button>
          </Group>
          <NumberInput
            label={words.keepalive}
            description={words.keepaliveHelp}
            min={0}
            max={1024}
            {...form.getInputProps("keepalive")}
            error={errors.keepalive}
          />
        </Stack>
      </Panel>
      <CheckFields form={form} errors={errors} />
      <TlsFields form={form} errors={errors} />
    </>
  );
}

function CheckFields({ form, errors }: FieldsProps) {
  const { check } = form.values;
  const number = (name: string, label: string, field: string) => (
    <NumberInput
      label={label}
      min={1}
      {...form.getInputProps(name)}
      error={errors[`health_check.${field}`]}
    />
  );
  return (
    <Panel title={words.check}>
      <Stack gap="sm">
        <Select
          label={words.check}
          description={words.checkHelp}
          data={choices(words.checkKinds)}
          allowDeselect={false}
          {...form.getInputProps("check")}
        />
        {check === "http" && (
          <TextInput
            label={words.path}
            spellCheck={false}
            {...form.getInputProps("path")}
            error={errors["health_check.path"]}
          />
        )}
        {check !== "none" && (
          <>
            <Group grow align="start">
              {number("interval", words.interval, "interval")}
              {number("timeout", words.timeout, "timeout")}
            </Group>
            <Group grow align="start">
              {number("failures", words.failures, "failures")}
              {number("successes", words.successes, "successes")}
            </Group>
          </>
        )}
      </Stack>
    </Panel>
  );
}

function TlsFields({ form, errors }: FieldsProps) {
  const { tls, tlsVerify } = form.values;
  return (
    <Panel title={words.tls}>
      <Stack gap="sm">
        <Switch label={words.tls} checked={tls} {...checkable(form.getInputProps("tls"))} />
        {tls && (
          <>
            <TextInput
              label={words.tlsName}
              description={words.tlsNameHelp}
              spellCheck={false}
              {...form.getInputProps("tlsName")}
              error={errors["tls.server_name"]}
            />
            <Switch
              label={words.tlsVerify}
              checked={tlsVerify}
              {...checkable(form.getInputProps("tlsVerify"))}
            />
            {tlsVerify && (
              <Textarea
                label={words.authorities}
                description={words.authoritiesHelp}
                classNames={{ input: "mono" }}
                autosize
                minRows={2}
                maxRows={10}
                spellCheck={false}
                {...form.getInputProps("authorities")}
                error={errors["tls.ca_certificates"]}
              />
            )}
          </>
        )}
      </Stack>
    </Panel>
  );
}
