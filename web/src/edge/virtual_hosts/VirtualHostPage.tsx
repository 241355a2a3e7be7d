import { Table, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { useFilters } from "../../components/collection/filters";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field } from "../../components/Fields";
import { Waiting } from "../../components/Loaded";
import { Panel } from "../../components/PageFrame";
import { SidewaysTable } from "../../components/PanelRows";
import { text } from "../../text/edge";
import { HostTraffic } from "../access_logs/HostTraffic";
import { About } from "../objects/About";
import { Notes, ObjectLink } from "../objects/Notes";
import { ObjectActions } from "../objects/ObjectActions";
import { Files } from "../objects/PreviewPanel";
import { type VirtualHost, versionQuery, virtualHosts } from "../objects/requests";
import { VersionsPanel } from "../objects/VersionsPanel";

const words = text.virtualHosts;
type Location = VirtualHost["locations"][number];

export function VirtualHostPage() {
  return (
    <ResourcePage
      of={virtualHosts}
      listTitle={words.title}
      title={(host) => host.name}
      actions={(host) => (
        <ObjectActions of={virtualHosts} object={host} consequences={words.deleteText} deployable="host" />
      )}
    >
      {(host) => <Tabbed host={host} />}
    </ResourcePage>
  );
}

/** What it says, and what was asked of it, for whoever may see that. */
function Tabbed({ host }: { host: VirtualHost }) {
  const access = useAccess();
  const tab = useFilters("tab");
  if (!access.in("log:read", host.workspace)) return <Overview host={host} />;
  return (
    <Tabs
      value={tab.values.tab || "overview"}
      onChange={(chosen) => tab.set({ tab: chosen === "overview" ? "" : (chosen ?? "") })}
      keepMounted={false}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="overview">{words.overview}</Tabs.Tab>
        <Tabs.Tab value="traffic">{words.traffic}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="overview" className="stack">
        <Overview host={host} />
      </Tabs.Panel>
      <Tabs.Panel value="traffic" className="stack">
        <HostTraffic id={host.id} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Overview({ host }: { host: VirtualHost }) {
  return (
    <>
      <Notes object={host} />
      <div className="columns">
        <About object={host} list="/virtual-hosts">
          <Field name={words.domains}>
            <span className="mono">{host.server_name.join(", ")}</span>
          </Field>
          <Field name={words.port}>
            {host.listen_port}
            {host.ssl_enabled && `, ${words.tls}`}
          </Field>
          <Field name={words.template}>
            <Reference host={host} field="template" other={host.template} />
          </Field>
          <Field name={words.targets}>{words.targetKinds[host.target_agents.kind ?? "workspace"]}</Field>
          <Field name={words.logging}>{host.logging.enabled === false ? words.no : words.yes}</Field>
        </About>
        <Locations host={host} />
      </div>
      <Final host={host} />
      <VersionsPanel of={virtualHosts} object={host} />
    </>
  );
}

/** What a field refers to, as a link; `other` where it is no reference. */
function Reference({ host, field, other }: { host: VirtualHost; field: string; other: string }) {
  const found = host.references.find((reference) => reference.field === field);
  return found ? <ObjectLink kind={found.kind} id={found.id} name={found.name || found.id} /> : other;
}

function Locations({ host }: { host: VirtualHost }) {
  return (
    <Panel flush title={words.locations}>
      <SidewaysTable minWidth={360}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.path}</Table.Th>
              <Table.Th>{words.passesTo}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {host.locations.map((location, at) => (
              <Table.Tr key={location.path}>
                <Table.Td className="mono">{location.path}</Table.Td>
                <Table.Td>
                  <Reference host={host} field={`locations[${at}].upstream_id`} other={answerOf(location)} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SidewaysTable>
    </Panel>
  );
}

function answerOf(location: Location): string {
  if (location.redirect) return words.redirectsTo(location.redirect);
  return location.proxy_pass ?? location.root ?? "";
}

/** What nginx is given of the current version. */
function Final({ host }: { host: VirtualHost }) {
  const query = useQuery(versionQuery(virtualHosts, host.id, host.version));
  return (
    <Panel title={text.preview.title}>
      {query.data === undefined ? (
        <Waiting for={query} />
      ) : (
        <>
          {query.data.problem}
          <Files files={query.data.files} />
        </>
      )}
    </Panel>
  );
}
