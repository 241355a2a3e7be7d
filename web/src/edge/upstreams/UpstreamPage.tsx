import { Table } from "@mantine/core";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { SidewaysTable } from "../../components/PanelRows";
import { text } from "../../text/edge";
import { About } from "../objects/About";
import { Notes, UsedBy } from "../objects/Notes";
import { ObjectActions } from "../objects/ObjectActions";
import { type Upstream, upstreams } from "../objects/requests";
import { VersionsPanel } from "../objects/VersionsPanel";
import { serverName } from "./serverName";

const words = text.upstreams;

export function UpstreamPage() {
  return (
    <ResourcePage
      of={upstreams}
      listTitle={words.title}
      title={(upstream) => upstream.name}
      actions={(upstream) => (
        <ObjectActions
          of={upstreams}
          object={upstream}
          consequences={words.deleteText}
          deployable="upstream"
        />
      )}
    >
      {(upstream) => (
        <>
          <Notes object={upstream} />
          <div className="columns">
            <About object={upstream} list="/upstreams">
              <Field name={words.algorithm}>{words.algorithms[upstream.algorithm]}</Field>
              <Field name={words.check}>{checkText(upstream)}</Field>
              <Field name={words.tls}>
                {upstream.tls === null ? text.virtualHosts.no : text.virtualHosts.yes}
              </Field>
              <Field name={words.keepalive}>{upstream.keepalive}</Field>
            </About>
            <div className="stack">
              <Servers upstream={upstream} />
              <UsedBy object={upstream} />
            </div>
          </div>
          <VersionsPanel of={upstreams} object={upstream} />
        </>
      )}
    </ResourcePage>
  );
}

function checkText({ health_check: check }: Upstream): string {
  if (check === null) return words.checkKinds.none;
  return check.kind === "tcp" ? words.checkKinds.tcp : `${words.checkKinds.http} ${check.path ?? "/"}`;
}

function Servers({ upstream }: { upstream: Upstream }) {
  return (
    <Panel flush title={words.servers}>
      <SidewaysTable minWidth={360}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.address}</Table.Th>
              <Table.Th>{words.weight}</Table.Th>
              <Table.Th>{text.common.state}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {upstream.servers.map((server, at) => (
              <Table.Tr key={serverName(upstream)(server, at)}>
                <Table.Td className="mono">{serverName(upstream)(server, at)}</Table.Td>
                <Table.Td>{server.weight ?? 1}</Table.Td>
                <Table.Td>
                  {[server.backup && words.backup, server.down && words.down].filter(Boolean).join(", ")}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </SidewaysTable>
    </Panel>
  );
}
