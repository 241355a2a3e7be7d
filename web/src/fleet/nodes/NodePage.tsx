import { Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useAccess } from "../../access/useAccess";
import { Copyable } from "../../components/Copyable";
import { useFilters } from "../../components/collection/filters";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field, Fields } from "../../components/Fields";
import { Labels } from "../../components/Labels";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { Status } from "../../components/Status";
import { uptime } from "../../components/time";
import { When } from "../../components/When";
import { EventList } from "../../records/event_log";
import { text } from "../../text/fleet";
import { FirewallPanel } from "../firewall";
import { LoadCharts, nodeMetricsQuery } from "../metrics";
import { TaskTable } from "../tasks";
import { AgentVersion, OutdatedNotice } from "./AgentVersion";
import { Approval } from "./Approval";
import { CertificatePanel } from "./CertificatePanel";
import { DisksPanel } from "./DisksPanel";
import { MachineFacts } from "./MachineFacts";
import { MaintenanceNotice } from "./MaintenanceNotice";
import { MeshLinks } from "./MeshLinks";
import { marksOf, nodeMarksQuery } from "./marks";
import { NodeActions } from "./NodeActions";
import { type NodeDetails, nodes } from "./requests";
import { WireGuardFields } from "./WireGuardFields";

const SHOWN_EVENTS = 100;

export function NodePage() {
  return (
    <ResourcePage
      of={nodes}
      listTitle={text.nodes.title}
      title={(node) => node.name}
      beside={(node) => <NodeState node={node} />}
      actions={(node, tag) => <NodeActions node={node} tag={tag} />}
    >
      {(node) => (
        <>
          {node.approval === "waiting" && <Approval node={node} />}
          <MaintenanceNotice node={node} />
          <OutdatedNotice node={node} />
          <NodeTabs node={node} />
        </>
      )}
    </ResourcePage>
  );
}

interface Shown {
  node: NodeDetails;
}

function NodeState({ node }: Shown) {
  return (
    <Group gap="xs">
      {node.approval === "waiting" ? (
        <Status state="waiting" word={text.nodes.waitingOnly} />
      ) : (
        <Status state={node.state} />
      )}
      <Text size="xs" className="quiet">
        {text.nodes.since} <When at={node.state_since} />
      </Text>
    </Group>
  );
}

function NodeTabs({ node }: Shown) {
  const access = useAccess();
  const filters = useFilters("tab");
  const hasLinks = node.overlay_ip !== null && access.in("mesh:read", node.workspace);
  return (
    <Tabs
      value={filters.values.tab || "overview"}
      onChange={(tab) => filters.set({ tab: tab === "overview" ? "" : (tab ?? "") })}
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="overview">{text.nodes.overview}</Tabs.Tab>
        {hasLinks && <Tabs.Tab value="mesh">{text.nodes.tabMesh}</Tabs.Tab>}
        {access.somewhere("task:read") && <Tabs.Tab value="tasks">{text.nodes.tabTasks}</Tabs.Tab>}
        {access.somewhere("event:read") && <Tabs.Tab value="timeline">{text.nodes.tabEvents}</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="overview" pt="md">
        <Stack gap="md">
          <Load node={node} />
          <div className="columns">
            <IdentityPanel node={node} />
            <HealthPanel node={node} />
            <MachineFacts node={node} />
            <DisksPanel node={node} />
            <CertificatePanel node={node} />
            <FirewallPanel node={node.id} />
          </div>
        </Stack>
      </Tabs.Panel>
      {hasLinks && (
        <Tabs.Panel value="mesh" pt="md">
          <MeshLinks node={node} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="tasks" pt="md">
        <Panel flush>
          <TaskTable query={{ node: node.id }} withNode={false} />
        </Panel>
      </Tabs.Panel>
      <Tabs.Panel value="timeline" pt="md">
        <Panel>
          <EventList query={{ node: node.id }} count={SHOWN_EVENTS} />
        </Panel>
      </Tabs.Panel>
    </Tabs>
  );
}

function Load({ node }: Shown) {
  const access = useAccess();
  const events = useQuery({
    ...nodeMarksQuery(node.id),
    enabled: access.in("event:read", node.workspace),
  });
  const marks = useMemo(() => marksOf(events.data?.rows ?? []), [events.data]);
  return <LoadCharts query={(range) => nodeMetricsQuery(node.id, range)} marks={marks} />;
}

function IdentityPanel({ node }: Shown) {
  return (
    <Panel title={text.nodes.identity}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={node.id} what={text.common.id} />
        </Field>
        {node.description && <Field name={text.nodes.description}>{node.description}</Field>}
        <Field name={text.nodes.address}>
          {node.overlay_ip ? (
            <Copyable value={node.overlay_ip} what={text.nodes.address} />
          ) : (
            text.common.none
          )}
        </Field>
        <WireGuardFields node={node} />
        <Field name={text.nodes.publicAddress}>
          {node.public_ip ? (
            <Copyable value={node.public_ip} what={text.nodes.publicAddress} />
          ) : (
            text.common.unknown
          )}
        </Field>
        <Field name={text.nodes.hostname}>
          <span className="mono">{node.hostname}</span>
        </Field>
        <Field name={text.common.workspace}>
          <PageLink to="/nodes" search={{ workspace: node.workspace }} className="row-link">
            {node.workspace}
          </PageLink>
        </Field>
        <Field name={text.nodes.labels}>
          <Labels labels={node.labels} list="/nodes" />
        </Field>
        <Field name={text.nodes.joinedAt}>
          <When at={node.created_at} />
        </Field>
        <Field name={text.nodes.lastSeen}>
          <When at={node.last_seen_at} />
        </Field>
        <Field name={text.nodes.authentication}>
          {node.auth === "mtls" ? text.nodes.authMtls : text.nodes.authSessionKey}
        </Field>
      </Fields>
    </Panel>
  );
}

function HealthPanel({ node }: Shown) {
  const failing = node.checks.filter((check) => !check.healthy);
  return (
    <Panel title={text.nodes.health}>
      <Stack gap="xs">
        {node.checks.length === 0 && <span className="quiet">{text.nodes.noChecks}</span>}
        {node.checks.length > 0 && failing.length === 0 && <Status state="ok" word={text.nodes.allHealthy} />}
        {failing.map((check) => (
          <div key={check.name}>
            <Status state="failed" word={check.name} /> <span>{check.message}</span>
          </div>
        ))}
        {node.alerts.map((alert) => (
          <div key={alert}>
            <Status state="Degraded" word={alert} />
          </div>
        ))}
        <Fields>
          <Field name={text.nodes.uptime}>
            {node.metrics.uptime_s ? uptime(node.metrics.uptime_s) : text.common.unknown}
          </Field>
          <Field name={text.nodes.load}>
            {node.metrics.uptime_s ? (node.metrics.load_1m ?? 0).toFixed(2) : text.common.unknown}
          </Field>
          <Field name={text.nodes.agentVersion}>
            <AgentVersion node={node} />
          </Field>
          {Object.entries(node.revisions).map(([section, revision]) => (
            <Field key={section} name={`${text.nodes.revisions}: ${section}`}>
              <span className="mono">{String(revision)}</span>
            </Field>
          ))}
        </Fields>
      </Stack>
    </Panel>
  );
}
