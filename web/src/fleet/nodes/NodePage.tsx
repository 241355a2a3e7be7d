import { Group, Loader, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useAccess } from "../../access/useAccess";
import type { Node, Schema } from "../../api/types";
import { Copyable } from "../../components/Copyable";
import { Failure } from "../../components/Failure";
import { Field, Fields } from "../../components/Fields";
import { useFilters } from "../../components/filters";
import { Labels } from "../../components/Labels";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { uptime } from "../../components/time";
import { When } from "../../components/When";
import { EventList } from "../../records/event_log/EventList";
import { text } from "../../text";
import { LoadCharts } from "../metrics/LoadCharts";
import { nodeMetricsQuery } from "../metrics/requests";
import { TaskTable } from "../tasks/TaskTable";
import { Approval } from "./Approval";
import { CertificatePanel } from "./CertificatePanel";
import { MachineFacts } from "./MachineFacts";
import { NodeActions } from "./NodeActions";
import { nodeQuery } from "./requests";

const SHOWN_EVENTS = 100;

export function NodePage() {
  const { node: id } = useParams({ strict: false }) as { node: string };
  const asked = useQuery(nodeQuery(id));
  const above = (
    <Link to="/nodes" className="back-link">
      {text.nodes.title}
    </Link>
  );
  if (asked.data === undefined) {
    return (
      <PageFrame title={text.nodes.title} above={above}>
        {asked.isError ? (
          <Failure error={asked.error} onRetry={() => void asked.refetch()} />
        ) : (
          <Loader size="sm" />
        )}
      </PageFrame>
    );
  }
  const node = asked.data.value;
  return (
    <PageFrame
      title={node.name}
      above={above}
      beside={
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
      }
      actions={<NodeActions node={node} tag={asked.data.tag} />}
    >
      {node.approval === "waiting" && <Approval node={node} />}
      <NodeTabs node={node} />
    </PageFrame>
  );
}

function NodeTabs({ node }: { node: Schema<"NodeDetails"> }) {
  const access = useAccess();
  const { filters, set } = useFilters("tab");
  return (
    <Tabs
      value={filters.tab || "overview"}
      onChange={(tab) => set({ tab: tab === "overview" ? "" : (tab ?? "") })}
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="overview">{text.nodes.overview}</Tabs.Tab>
        {access.somewhere("task:read") && <Tabs.Tab value="tasks">{text.nodes.tabTasks}</Tabs.Tab>}
        {access.somewhere("event:read") && <Tabs.Tab value="timeline">{text.nodes.tabEvents}</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="overview" pt="md">
        <Stack gap="md">
          <LoadCharts query={(range) => nodeMetricsQuery(node.id, range)} />
          <div className="columns">
            <IdentityPanel node={node} />
            <HealthPanel node={node} />
            <MachineFacts node={node} />
            <CertificatePanel node={node} />
          </div>
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="tasks" pt="md">
        <Panel flush>
          <TaskTable
            filters={{ node: node.id, state: "", kind: "", search: "", sort: "", workspace: "" }}
            withNode={false}
          />
        </Panel>
      </Tabs.Panel>
      <Tabs.Panel value="timeline" pt="md">
        <Panel>
          <EventList filters={{ node: node.id }} count={SHOWN_EVENTS} />
        </Panel>
      </Tabs.Panel>
    </Tabs>
  );
}

function IdentityPanel({ node }: { node: Node }) {
  return (
    <Panel title={text.nodes.identity}>
      <Fields>
        <Field name={text.nodes.id}>
          <Copyable value={node.id} what={text.nodes.id} />
        </Field>
        <Field name={text.nodes.address}>
          {node.overlay_ip ? (
            <Copyable value={node.overlay_ip} what={text.nodes.address} />
          ) : (
            text.common.none
          )}
        </Field>
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
        <Field name={text.common.workspace}>{node.workspace}</Field>
        <Field name={text.nodes.labels}>
          <Labels labels={node.labels} />
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

function HealthPanel({ node }: { node: Node }) {
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
          <Field name={text.nodes.load}>{(node.metrics.load_1m ?? 0).toFixed(2)}</Field>
          <Field name={text.nodes.agentVersion}>
            <span className="mono">{node.version}</span>
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
