import { Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, Suspense } from "react";
import { useAccess, useWhoAmI } from "../access/useAccess";
import { api, dataOf } from "../api/client";
import type { Schema } from "../api/types";
import { Empty } from "../components/Empty";
import { Loaded } from "../components/Loaded";
import { Meter } from "../components/Meter";
import { OnlyWorkspace } from "../components/OnlyWorkspace";
import { PageFrame, Panel } from "../components/PageFrame";
import { PageLink } from "../components/PageLink";
import { bytes, bytesPerSecond, count, percent } from "../components/quantity";
import { Status } from "../components/Status";
import { inWorkspace, useWorkspace } from "../components/workspace";
import { EventList } from "../records/event_log";
import { text } from "../text/fleet";
import { Attention } from "./Attention";
import classes from "./FleetPage.module.css";
import { fleetMetricsQuery, LoadCharts } from "./metrics";
import { JoinSteps, NODE_STATES } from "./nodes";
import { TasksInFlight } from "./tasks";

type Fleet = Schema<"Fleet">;
const SHOWN_EVENTS = 12;

function fleetQuery(workspace: string) {
  return {
    queryKey: ["fleet", workspace],
    queryFn: () => dataOf(api.GET("/api/v1/fleet", { params: { query: inWorkspace(workspace) } })),
  };
}

/** The fleet at a glance: how many nodes, their load, what needs attention, what happens. */
export function FleetPage() {
  const workspace = useWorkspace();
  const access = useAccess();
  const { name } = useWhoAmI();
  return (
    <PageFrame title={text.fleet.title} beside={<OnlyWorkspace />}>
      {access.somewhere("agent:read") ? (
        <Loaded query={fleetQuery(workspace)}>
          {(fleet) =>
            fleet.nodes.total === 0 ? <FirstNode /> : <Panels fleet={fleet} workspace={workspace} />
          }
        </Loaded>
      ) : (
        <Panel>
          <Empty title={text.fleet.nothingShared}>{text.fleet.nothingSharedText(name)}</Empty>
        </Panel>
      )}
    </PageFrame>
  );
}

function Panels({ fleet, workspace }: { fleet: Fleet; workspace: string }) {
  const access = useAccess();
  return (
    <>
      <Glance fleet={fleet} />
      <Attention fleet={fleet} />
      <LoadCharts query={(range) => fleetMetricsQuery(workspace, range)} />
      <div className="columns">
        {access.somewhere("task:read") && <TasksInFlight counts={fleet.tasks} />}
        {access.somewhere("event:read") && (
          <Panel title={text.fleet.recentEvents} aside={<SeeAll to="/events" />}>
            <EventList query={inWorkspace(workspace)} count={SHOWN_EVENTS} />
          </Panel>
        )}
      </div>
    </>
  );
}

function SeeAll({ to }: { to: string }) {
  return (
    <PageLink to={to} className="quiet">
      {text.fleet.seeAll}
    </PageLink>
  );
}

function FirstNode() {
  const access = useAccess();
  return (
    <Panel>
      <Empty title={text.fleet.emptyTitle}>{text.fleet.emptyText}</Empty>
      {access.somewhere("agent:write") && (
        <Stack align="center" pb="lg">
          <div className={classes.first}>
            <Suspense>
              <JoinSteps />
            </Suspense>
          </div>
        </Stack>
      )}
    </Panel>
  );
}

function Tile({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.tile}>
      <h2 className={classes.tileTitle}>{title}</h2>
      {children}
    </section>
  );
}

function Glance({ fleet }: { fleet: Fleet }) {
  const { load } = fleet;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="sm">
      <Tile title={text.fleet.nodesByState}>
        <Link to="/nodes" className={classes.figure}>
          {count(fleet.nodes.total)}
        </Link>
        <Group gap="0.1rem 0.6rem">
          {NODE_STATES.filter((state) => (fleet.nodes.states[state] ?? 0) > 0).map((state) => (
            <Link key={state} to="/nodes" search={{ state }} className={classes.state}>
              <Status state={state} word={`${count(fleet.nodes.states[state] ?? 0)} ${state}`} />
            </Link>
          ))}
        </Group>
      </Tile>
      <Tile title={text.metrics.cpu}>
        <span className={classes.figure}>
          {load.cpu_percent === null ? "–" : `${load.cpu_percent.toFixed(0)} %`}
        </span>
        {load.cpu_percent !== null && <Meter bare value={load.cpu_percent} label={text.metrics.cpu} />}
      </Tile>
      <Share title={text.metrics.memory} used={load.memory_used_bytes} total={load.memory_total_bytes} />
      <Share title={text.metrics.disk} used={load.disk_used_bytes} total={load.disk_total_bytes} />
      <Tile title={text.metrics.network}>
        <span className={classes.figure}>
          {load.network_rx_bytes_per_s === null
            ? "–"
            : bytesPerSecond(load.network_rx_bytes_per_s + (load.network_tx_bytes_per_s ?? 0))}
        </span>
        {load.network_rx_bytes_per_s !== null && (
          <Text size="xs" className="quiet">
            {bytesPerSecond(load.network_rx_bytes_per_s)} {text.metrics.received},{" "}
            {bytesPerSecond(load.network_tx_bytes_per_s ?? 0)} {text.metrics.sent}
          </Text>
        )}
      </Tile>
    </SimpleGrid>
  );
}

function Share({ title, used, total }: { title: string; used: number; total: number }) {
  return (
    <Tile title={title}>
      <span className={classes.figure}>
        {bytes(used)} <span className={classes.whole}>/ {bytes(total)}</span>
      </span>
      <Meter wide value={percent(used, total)} label={title} />
    </Tile>
  );
}
