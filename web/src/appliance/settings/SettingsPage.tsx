import { Button, Loader, Tabs, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { Suspense } from "react";
import { api, dataOf } from "../../api/client";
import type { Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { useFilters } from "../../components/collection/filters";
import { Field, Fields } from "../../components/Fields";
import { Loaded } from "../../components/Loaded";
import { lazyPart } from "../../components/lazily";
import { PageFrame, Panel } from "../../components/PageFrame";
import { bytes } from "../../components/quantity";
import { When } from "../../components/When";
import { text } from "../../text/appliance";
import classes from "./SettingsPage.module.css";
import { SettingsTable } from "./SettingsTable";

const MailSettings = lazyPart(() => import("../../correspondence/mail"), "MailSettings");
const Destinations = lazyPart(() => import("../../records/destinations"), "Destinations");
const Providers = lazyPart(() => import("../../people/single_sign_on"), "Providers");
const MasterKeys = lazyPart(() => import("../../trust/secrets"), "MasterKeys");

type Appliance = Schema<"ApplianceView">;
const settingsQuery = { queryKey: ["settings"], queryFn: () => dataOf(api.GET("/api/v1/settings")) };

export function SettingsPage() {
  const { values: filters, set } = useFilters("tab");
  return (
    <PageFrame title={text.settings.title}>
      <Tabs
        value={filters.tab || "configuration"}
        keepMounted={false}
        onChange={(tab) => set({ tab: tab === "configuration" ? "" : (tab ?? "") })}
      >
        <Tabs.List>
          <Tabs.Tab value="configuration">{text.settings.tabConfiguration}</Tabs.Tab>
          <Tabs.Tab value="mail">{text.settings.tabMail}</Tabs.Tab>
          <Tabs.Tab value="providers">{text.settings.tabProviders}</Tabs.Tab>
          <Tabs.Tab value="audit-log">{text.settings.tabAudit}</Tabs.Tab>
          <Tabs.Tab value="master-key">{text.settings.tabKeys}</Tabs.Tab>
        </Tabs.List>
        <Suspense fallback={<Loader size="sm" mt="md" />}>
          <Tabs.Panel value="configuration" pt="md">
            <Configuration />
          </Tabs.Panel>
          <Tabs.Panel value="mail" pt="md">
            <MailSettings />
          </Tabs.Panel>
          <Tabs.Panel value="providers" pt="md">
            <Providers />
          </Tabs.Panel>
          <Tabs.Panel value="audit-log" pt="md">
            <Destinations />
          </Tabs.Panel>
          <Tabs.Panel value="master-key" pt="md">
            <MasterKeys />
          </Tabs.Panel>
        </Suspense>
      </Tabs>
    </PageFrame>
  );
}

function Configuration() {
  return (
    <Loaded query={settingsQuery}>
      {(appliance) => (
        <div className={classes.stack}>
          <SettingsTable settings={appliance.settings} />
          <div className="columns">
            <Certificate certificate={appliance.server_certificate} />
            <Authority authority={appliance.authority} />
            <Versions appliance={appliance} />
            <DatabasePanel database={appliance.database} />
          </div>
        </div>
      )}
    </Loaded>
  );
}

function Certificate({ certificate }: { certificate: Appliance["server_certificate"] }) {
  return (
    <Panel title={text.settings.serverCertificate}>
      <Fields>
        <Field name={text.settings.names}>
          <span className="mono">{certificate.names.join(", ")}</span>
        </Field>
        <Field name={text.settings.issuer}>{certificate.issuer}</Field>
        <Field name={text.settings.ends}>
          <When at={certificate.not_after} />
        </Field>
        <Field name={text.settings.begins}>
          <When at={certificate.not_before} />
        </Field>
        <Field name={text.settings.fingerprint}>
          <Fingerprint value={certificate.fingerprint} />
        </Field>
      </Fields>
    </Panel>
  );
}

function Fingerprint({ value }: { value: string }) {
  return <Copyable value={value} shown={`${value.slice(0, 20)}…`} what={text.settings.fingerprint} />;
}

function Authority({ authority }: { authority: Appliance["authority"] }) {
  return (
    <Panel title={text.settings.authority}>
      <Fields>
        <Field name={text.settings.subject}>{authority.subject}</Field>
        <Field name={text.settings.ends}>
          <When at={authority.not_after} />
        </Field>
        <Field name={text.settings.fingerprint}>
          <Fingerprint value={authority.fingerprint} />
        </Field>
        {authority.previous_fingerprint && (
          <Field name={text.settings.previousAuthority}>
            <Fingerprint value={authority.previous_fingerprint} />
          </Field>
        )}
      </Fields>
      {authority.previous_fingerprint && <Text size="sm">{text.settings.previousTrusted}</Text>}
      <Button
        mt="sm"
        variant="default"
        component="a"
        href={authority.ca_path}
        download="nimbus-ca.crt"
        leftSection={<IconDownload size={15} />}
      >
        {text.settings.download}
      </Button>
    </Panel>
  );
}

function Versions({ appliance }: { appliance: Appliance }) {
  const { versions } = appliance;
  return (
    <Panel title={text.settings.versions}>
      <Fields>
        <Field name={text.common.product}>
          <span className="mono">{versions.nimbus}</span>
        </Field>
        <Field name={text.settings.build}>
          {versions.build ? (
            <Copyable value={versions.build} what={text.settings.build} />
          ) : (
            <span className="quiet">{text.settings.fromSources}</span>
          )}
        </Field>
        <Field name={text.settings.protocol}>
          <span className="mono">{versions.protocol}</span>
        </Field>
        <Field name="Python">
          <span className="mono">{versions.python}</span>
        </Field>
        <Field name="SQLite">
          <span className="mono">{versions.sqlite}</span>
        </Field>
        <Field name="OpenSSL">
          <span className="mono">{versions.openssl}</span>
        </Field>
        <Field name={text.settings.platform}>{versions.platform}</Field>
        <Field name={text.settings.started}>
          <When at={appliance.started_at} />
        </Field>
      </Fields>
    </Panel>
  );
}

function DatabasePanel({ database }: { database: Appliance["database"] }) {
  return (
    <Panel title={text.settings.database}>
      <Fields>
        <Field name={text.settings.file}>
          <Copyable value={database.file} what={text.settings.file} />
        </Field>
        <Field name={text.settings.size}>{bytes(database.size_bytes)}</Field>
        <Field name={text.settings.schema}>
          {database.schema_version}, {text.settings.migrated} <When at={database.migrated_at} />
        </Field>
        <Field name={text.settings.backups}>
          {database.backups.length === 0 ? (
            <span className="quiet">{text.settings.noBackups}</span>
          ) : (
            <ul className={classes.backups}>
              {database.backups.map((backup) => (
                <li key={backup.file}>
                  <span className="mono">{backup.file}</span>, {bytes(backup.size_bytes)},{" "}
                  <When at={backup.modified_at} />
                </li>
              ))}
            </ul>
          )}
        </Field>
      </Fields>
    </Panel>
  );
}
