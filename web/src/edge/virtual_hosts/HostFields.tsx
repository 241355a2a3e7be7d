import { Button, Group, NumberInput, Select, Stack, Switch, TagsInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { LabelsField } from "../../components/LabelsField";
import { Panel } from "../../components/PageFrame";
import { text } from "../../text/edge";
import { CertificateChoice } from "../certificates/CertificateChoice";
import { NodeChoice } from "../objects/NodeChoice";
import { templates } from "../objects/requests";
import { errorBelow } from "../objects/useDraft";
import { checkable } from "../upstreams/ServerFields";
import type { HostFieldsProps } from "./form";
import { LocationFields } from "./LocationFields";
import { newLocation } from "./values";

const words = text.virtualHosts;
const choices = (of: Record<string, string>) =>
  Object.entries(of).map(([value, label]) => ({ value, label }));

export function HostFields(props: HostFieldsProps) {
  const { form, errors } = props;
  return (
    <>
      <Listening {...props} />
      <Panel title={words.locations}>
        <Stack gap="sm">
          {form.values.locations.map(({ key }, at) => (
            <LocationFields key={key} form={form} at={at} errors={errors} />
          ))}
          <Group>
            <Button
              variant="default"
              leftSection={<IconPlus size={15} />}
              onClick={() => form.insertListItem("locations", newLocation(""))}
            >
              {words.addLocation}
            </Button>
          </Group>
        </Stack>
      </Panel>
      <Options {...props} />
      <Served {...props} />
      <Logging form={form} />
    </>
  );
}

function Listening({ form, errors }: HostFieldsProps) {
  const { tls } = form.values;
  const onOff = (name: "http2" | "http3" | "redirectHttp", label: string, description?: string) => (
    <Switch
      label={label}
      description={description}
      checked={form.values[name]}
      {...checkable(form.getInputProps(name))}
    />
  );
  return (
    <Panel title={words.listening}>
      <Stack gap="sm">
        <TagsInput
          label={words.domains}
          description={words.domainsHelp}
          splitChars={[",", " "]}
          acceptValueOnBlur
          {...form.getInputProps("serverName")}
          error={errorBelow(errors, "server_name")}
        />
        <Switch
          label={words.tls}
          checked={tls}
          onChange={({ currentTarget: { checked } }) => {
            form.setFieldValue("tls", checked);
            const usual = checked ? 80 : 443;
            if (form.values.port === usual) form.setFieldValue("port", checked ? 443 : 80);
          }}
        />
        <NumberInput
          label={words.port}
          min={1}
          max={65_535}
          {...form.getInputProps("port")}
          error={errors.listen_port}
        />
        {tls && (
          <>
            <CertificateChoice
              label={words.certificate}
              description={words.certificateHelp}
              workspace={form.values.workspace}
              {...form.getInputProps("certificate")}
              error={errors.ssl_certificate_id}
            />
            {onOff("redirectHttp", words.redirectHttp)}
            {onOff("http2", words.http2)}
            {onOff("http3", words.http3, words.http3Help)}
            <NumberInput
              label={words.hsts}
              description={words.hstsHelp}
              min={0}
              {...form.getInputProps("hsts")}
              error={errors.hsts}
            />
          </>
        )}
      </Stack>
    </Panel>
  );
}

function Options({ form, errors }: HostFieldsProps) {
  const known = useQuery(templates.all());
  const names = (known.data?.rows ?? []).map(({ id, name, built_in }) => ({
    value: built_in ? name : id,
    label: name,
  }));
  return (
    <Panel title={words.options}>
      <Stack gap="sm">
        <Select
          label={words.template}
          data={names}
          allowDeselect={false}
          searchable
          {...form.getInputProps("template")}
          error={errors.template}
        />
        <Switch label={words.gzip} checked={form.values.gzip} {...checkable(form.getInputProps("gzip"))} />
        <NumberInput
          label={words.maxBody}
          description={words.maxBodyHelp}
          min={0}
          {...form.getInputProps("maxBody")}
          error={errors.max_body}
        />
        <Group grow align="start">
          <NumberInput
            label={words.rate}
            description={words.rateHelp}
            inputWrapperOrder={["label", "input", "error", "description"]}
            min={1}
            {...form.getInputProps("rate")}
            error={errorBelow(errors, "rate_limiting")}
          />
          <Select
            label={words.ratePer}
            data={choices(words.ratePers)}
            allowDeselect={false}
            {...form.getInputProps("ratePer")}
          />
          <NumberInput label={words.burst} min={0} {...form.getInputProps("burst")} />
        </Group>
        <TagsInput
          label={words.trusted}
          description={words.trustedHelp}
          splitChars={[",", " "]}
          acceptValueOnBlur
          {...form.getInputProps("trusted")}
          error={errorBelow(errors, "trusted_proxies")}
        />
      </Stack>
    </Panel>
  );
}

function Served({ form, errors }: HostFieldsProps) {
  const { target } = form.values;
  return (
    <Panel title={words.targets}>
      <Stack gap="sm">
        <Select
          aria-label={words.targets}
          data={choices(words.targetKinds)}
          allowDeselect={false}
          {...form.getInputProps("target")}
          error={errors.target_agents}
        />
        {target === "labels" && (
          <LabelsField {...form.getInputProps("targetLabels")} value={form.values.targetLabels} />
        )}
        {target === "node" && (
          <NodeChoice
            label={words.targetNode}
            {...form.getInputProps("targetNode")}
            error={errors["target_agents.node"]}
          />
        )}
      </Stack>
    </Panel>
  );
}

function Logging({ form }: Pick<HostFieldsProps, "form">) {
  const onOff = (name: "logs" | "maskClient" | "dropQuery", label: string) => (
    <Switch label={label} checked={form.values[name]} {...checkable(form.getInputProps(name))} />
  );
  return (
    <Panel title={words.logging}>
      <Stack gap="sm">
        {onOff("logs", words.logs)}
        {form.values.logs && (
          <>
            {onOff("maskClient", words.maskClient)}
            {onOff("dropQuery", words.dropQuery)}
          </>
        )}
      </Stack>
    </Panel>
  );
}
