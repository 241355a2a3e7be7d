"""The running agent: its loops around one link."""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from typing import TypeVar
from urllib.parse import quote

import msgspec
import trio

from agent.access_logs.shipper import AccessLogs
from agent.appliers.mesh import MeshApplier
from agent.artifacts.cache import ArtifactCache
from agent.artifacts.store import Artifacts
from agent.authorities import Authorities
from agent.backlog_sender import BacklogSender
from agent.connect import open_link
from agent.damage import read_mesh_key
from agent.defaults import ARTIFACT_QUOTA_GIB
from agent.directory import AgentDirectory, NodeRecord
from agent.dns.names import MeshNames
from agent.edge.applier import EdgeApplier
from agent.edge.challenges import Challenges
from agent.facts.metrics import system_metrics
from agent.firewall.applier import FirewallApplier
from agent.firewall.nft import Nft
from agent.generation import KnownGeneration
from agent.http_proxy.proxy import HttpProxy
from agent.http_proxy.stored import proxy_for, stored_proxy
from agent.instance import new_instance, with_address
from agent.interface_owner import owner_of
from agent.link import LinkDown, Reply
from agent.measuring.measurer import Measurer
from agent.node_section.applier import NodeApplier
from agent.node_section.fallback import Fallback
from agent.node_section.settings import NOTHING_SET, NodeSettings, OwnSettings, settings_of
from agent.over_tls.client import ApiConnections
from agent.proxied_link import ProxiedLink
from agent.relay.membership import Membership
from agent.relay.relays import Relays
from agent.renewal import keep_certificate
from agent.state.agent_state import AgentState, open_state
from agent.state.database import StateUnwritable
from agent.status import AgentStatus, write_status
from agent.tasks.runner import Runner
from nimbus.protocol.messages import Heartbeat, HeartbeatAnswer, MetricSample, PollAnswer
from nimbus.protocol.service_notify import keep_watchdog, notify
from nimbus.protocol.version import VERSION
from nimbus.wireguard.device import open_device

POLL_WAIT_S = 25
SETTLE_S = 2.0
CLOCK_ALERT_S = 5.0
DISK_RETRY_S = 5.0
OUTDATED_RETRY_S = 5.0
REFUSED_RETRY_S = 2.0
# The target of a request has an end (8 KiB): tasks beyond so many are named by heartbeats alone.
MOST_NAMED = 150
RUNS_TWICE = "[NODE_RUNS_TWICE]"
T = TypeVar("T")
_poll_answer = msgspec.json.Decoder(PollAnswer)
_heartbeat_answer = msgspec.json.Decoder(HeartbeatAnswer)
log = logging.getLogger("nimbus.agent")


async def run_agent(
    directory: AgentDirectory,
    pins: tuple[str, ...] = (),
    artifact_quota_gib: float = ARTIFACT_QUOTA_GIB,
    own: OwnSettings = NOTHING_SET,
    proxy: HttpProxy | None = None,
) -> bool:
    """Serve until SIGTERM or SIGINT, also while the control plane does not take this node. `pins` take the place of
    those that the node joined with, `own` of what the control plane says, `proxy` of the HTTP proxy that the node
    joined through. Whether the agent shall be started anew."""
    record = directory.load_node()
    with directory.lock():
        state = await trio.to_thread.run_sync(open_state, directory.state, record.node_id, record.joined_at)
        proxy = proxy_for(stored_proxy(directory.proxy) if proxy is None else proxy, record)
        agent = _Agent(directory, record, state, pins, int(artifact_quota_gib * 2**30), own, proxy)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch_signals, nursery.cancel_scope)
            await agent.serve(nursery)
        return agent.is_to_restart


async def _watch_signals(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _number in signals:
            notify("STOPPING=1")
            scope.cancel()


def _decoded(decoder: msgspec.json.Decoder[T], reply: Reply) -> T | None:
    """None of a refusal, and of what is no answer of a control plane: a proxy may say anything."""
    if reply.status != 200:
        return None
    try:
        return decoder.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _beginning(reply: Reply) -> str:
    return reply.body[:300].decode(errors="replace")


class _Agent:
    def __init__(
        self,
        directory: AgentDirectory,
        record: NodeRecord,
        state: AgentState,
        pins: tuple[str, ...],
        artifact_quota: int,
        own: OwnSettings,
        proxy: HttpProxy,
    ) -> None:
        self._directory = directory
        self._proxy = proxy
        self._state = state
        # As it joined; what applies now is in the settings.
        self._record = record
        self._own, self._pins = own, pins
        self._settings = self._settings_now()
        self._authorities = Authorities(directory, self._told_authorities())
        self._link = open_link(directory, record, pins, self._settings.agent_api, proxy)
        self._node = NodeApplier(record.node_id, state.node, self._link, self._use)
        self._waiting = record.waiting
        self._refusal = ""
        self._generation = KnownGeneration(directory.generation)
        self._fallback = Fallback(
            directory.root, lambda: self._settings, self._link, self._generation, self._node, proxy=proxy
        )
        self._relays = self._make_relays()
        self._mesh = self._make_mesh()
        self._measurer = (
            None
            if self._mesh is None
            else Measurer(self._mesh, record.node_id, lambda: self._link.connected and not self._waiting)
        )
        self._names = None if self._mesh is None else MeshNames(record, self._mesh, own.mesh_dns)
        self._firewall = FirewallApplier(
            record.node_id, record.interface, state.firewall, self._link, Nft(), self._on_applied
        )
        self._edge = EdgeApplier(
            record.node_id,
            state.edge,
            self._link,
            directory.edge,
            program=own.nginx,
            main=own.nginx_conf,
            on_applied=self._on_applied,
        )
        self._backlog = BacklogSender(state.backlog, self._link)
        self._challenges = Challenges(record.node_id, self._link, directory.edge, self._on_applied)
        self._access_logs = AccessLogs(
            directory.edge,
            self._link,
            state.log_positions,
            lambda: self._link.connected and not self._waiting,
        )
        self._instance = new_instance(record)
        artifacts = Artifacts(ArtifactCache(directory.artifacts, artifact_quota), self._link)
        self._runner = Runner(
            state,
            self._link,
            record,
            self._mesh,
            self._instance.id,
            self._restart,
            artifacts,
            self._firewall,
            self._edge,
        )
        self._scope: trio.CancelScope | None = None
        self.is_to_restart = False
        self._clock_offset = 0.0
        self._last_contact = 0.0
        # What the control plane sees in front of this node.
        self._network = ""
        self._beat_now = trio.Event()
        self._polling = False

    def _make_relays(self) -> Relays | None:
        mesh = self._record.mesh
        if mesh is None:
            return None
        own = mesh.address.partition("/")[0]
        members = Membership(self._state.mesh, own)
        relays = Relays(self._record.interface, own, mesh.control_plane_address, members.has)
        relays.use_relays(self._state.known_relays.addresses)
        return relays

    def _make_mesh(self) -> MeshApplier | None:
        if self._record.mesh is None:
            return None
        key = read_mesh_key(self._directory.wireguard_key)
        owner = owner_of(self._directory)
        device = open_device(self._record.mesh_mode, self._record.interface, owner)  # type: ignore[arg-type]
        api = ApiConnections(lambda: self._settings, self._directory.ca, self._pins, self._proxy)
        mesh = MeshApplier(
            self._settings,
            key,
            device,
            self._state.mesh,
            self._link,
            self._on_applied,
            relays=self._relays,
            connect_tls=api.connect,
            found_names=self._state.found_names,
        )
        mesh.ways.on_seek = self._ask
        return mesh

    def _ask(self) -> None:
        """The control plane has the others send to this node: they are named by a heartbeat."""
        self._beat_now.set()

    def _settings_now(self) -> NodeSettings:
        return settings_of(self._record, self._state.node.content, self._own)

    def _told_authorities(self) -> str:
        content = self._state.node.content
        return content.ca if content else ""

    def _interval_s(self) -> float:
        return self._settings.interval_s

    def _use(self) -> None:
        """What the control plane says of itself has changed."""
        self._settings = self._settings_now()
        self._link.use(self._settings.agent_api)
        self._authorities.use(self._told_authorities())
        if self._mesh is not None:
            self._mesh.use(self._settings)
        self._beat_now.set()

    def _on_applied(self) -> None:
        """The next poll tells the control plane which revision is applied. One that waits names an older one:
        a heartbeat ends it."""
        if self._polling:
            self._beat_now.set()

    def _restart(self) -> None:
        log.info("stopping, to be restarted")
        self.is_to_restart = True
        if self._scope is not None:
            self._scope.cancel()

    async def serve(self, nursery: trio.Nursery) -> None:
        self._scope = nursery.cancel_scope
        await self._state.start()
        nursery.start_soon(self._state.run)
        # Before anything of this node opens a port.
        await self._firewall.start()
        nursery.start_soon(self._firewall.run)
        nursery.start_soon(self._firewall.keep_verified, self._interval_s)
        if self._mesh is not None:
            await self._mesh.start()
            nursery.start_soon(self._mesh.run)
            nursery.start_soon(self._mesh.keep_verified, self._interval_s)
        if self._measurer is not None:
            nursery.start_soon(self._measurer.run)
        if self._names is not None:
            nursery.start_soon(self._names.run)
        if self._relays is not None:
            nursery.start_soon(self._relays.run)
        await nursery.start(self._runner.run)
        nursery.start_soon(self._link.run)
        nursery.start_soon(self._node.run)
        nursery.start_soon(self._edge.run)
        nursery.start_soon(self._challenges.run)
        if self._own.metrics:
            self._serve_metrics(nursery)
        nursery.start_soon(self._authorities.run)
        nursery.start_soon(self._beat_forever)
        nursery.start_soon(self._poll_forever)
        nursery.start_soon(self._backlog.run)
        nursery.start_soon(self._access_logs.run)
        if self._record.auth == "mtls":
            nursery.start_soon(keep_certificate, self._directory, self._link, self._authorities)
        nursery.start_soon(self._fallback.run)
        nursery.start_soon(keep_watchdog)
        notify("READY=1")
        log.info("running", extra={"node_id": self._record.node_id, "node": self._record.name})

    def _serve_metrics(self, nursery: trio.Nursery) -> None:
        from agent.agent_metrics import of_agent, of_edge
        from agent.metrics_page import Metric, MetricsPage
        from agent.metrics_place import parse_place

        async def collect() -> list[Metric]:
            edge = self._edge.edge
            of_nginx = () if edge is None else of_edge(await edge.report())
            return [*of_agent(self._link, self._runner), *of_nginx]

        place = parse_place(self._own.metrics)
        if place is not None:
            nursery.start_soon(MetricsPage(place, collect).run)

    async def _beat_forever(self) -> None:
        system_metrics()
        while True:
            self._beat_now = trio.Event()
            if self._link.connected:
                await self._beat()
            else:
                await self._state.backlog.add(await self._sample())
            if self._mesh is not None:
                self._mesh.be_quiet(RUNS_TWICE in self._link.failure)
            await self._write_status()
            with trio.move_on_after(self._settings.interval_s * random.uniform(0.9, 1.1)):  # noqa: S311
                if not self._link.connected:
                    await self._link.wait_connected()
                else:
                    await self._beat_now.wait()

    async def _sample(self) -> MetricSample:
        return MetricSample(time.time(), await trio.to_thread.run_sync(system_metrics))

    async def _beat(self) -> None:
        await self._state.look()
        self._instance = with_address(self._instance, self._settings.record)
        mesh_checks = () if self._mesh is None else (self._mesh.check(),)
        firewall_checks = (self._firewall.check(),) if self._firewall.is_used else ()
        edge_checks = (self._edge.check(),) if self._edge.is_used else ()
        sample = await self._sample()
        beat = Heartbeat(
            sent_at=sample.at,
            metrics=sample.metrics,
            version=VERSION,
            applied=self._applied(),
            checks=(*mesh_checks, *firewall_checks, *edge_checks, self._state.check()),
            alerts=self._alerts(),
            running=tuple(self._runner.held),
            generation=self._generation.number,
            proof=self._generation.proof,
            instance=self._instance,
            interval_s=self._settings.interval_s,
            mtu=0 if self._mesh is None else self._mesh.mtu.mtu,
            mtu_source="" if self._mesh is None else self._mesh.mtu.source,
            listen_port=0 if self._mesh is None else self._mesh.listen_port,
            mesh_endpoints=None if self._mesh is None else self._mesh.endpoints,
            mesh_via="" if self._mesh is None else self._mesh.via,
            sought=() if self._mesh is None else self._mesh.ways.take_sought(),
            keeps_ports=self._mesh is not None and self._mesh.keeps_ports,
            measured=None if self._measurer is None else self._measurer.take(),
        )
        try:
            reply = await self._link.request("POST", "/v1/internal/heartbeat", msgspec.json.encode(beat))
        except LinkDown:
            await self._state.backlog.add(sample)
            return
        answer = _decoded(_heartbeat_answer, reply)
        if answer is not None:
            if not self._waiting:
                self._backlog.wake()
            self._refusal = ""
            self._last_contact = time.time()
            self._clock_offset = time.time() - answer.server_time
            self._learn_approval(answer.waiting is True)
            may_obey = await trio.to_thread.run_sync(self._generation.learn, answer.generation, answer.proof)
            self._refusal = self._generation.problem
            if may_obey:
                self._node.learn(answer.revisions.get("node", 0))
            if self._relays is not None and may_obey:
                await self._use_relays(() if answer.relays is msgspec.UNSET else answer.relays)
            if self._mesh is not None and not self._waiting and may_obey:
                self._mesh.learn(answer.revisions.get("mesh", 0))
                self._mesh.is_kept_apart = answer.kept_apart is True
                self._network = "" if answer.network is msgspec.UNSET else answer.network
                if answer.sighting:
                    await self._mesh.show(answer.sighting)
            if not self._waiting and may_obey:
                self._firewall.learn(answer.revisions.get("firewall", 0))
                self._edge.learn(answer.revisions.get("edge", 0))
                self._challenges.learn(answer.revisions.get("challenges", 0))
            if answer.new_key:
                await self._take_key(answer.new_key)
        else:
            self._refusal = f"the heartbeat was refused: {_beginning(reply)}"
            log.warning("heartbeat refused", extra={"status": reply.status, "answer": _beginning(reply)})

    async def _use_relays(self, addresses: tuple[str, ...]) -> None:
        assert self._relays is not None
        self._relays.use_relays(addresses)
        await self._state.known_relays.keep(addresses)

    def _learn_approval(self, waiting: bool) -> None:
        if waiting != self._waiting:
            log.info("this node waits for approval" if waiting else "this node is approved")
        self._waiting = waiting

    async def _take_key(self, key_id: str) -> None:
        """One that could not be taken is named again by the next heartbeat."""
        if isinstance(self._link, ProxiedLink):
            try:
                await self._link.fetch_key(key_id)
            except LinkDown:
                return
            except OSError as error:
                log.error("the new session key cannot be stored: %s", error)

    def _applied(self) -> dict[str, int]:
        """Of each section that there is, the revision that is applied."""
        mesh = {} if self._mesh is None else {"mesh": self._mesh.applied}
        # Whom to trust is a part of the section `node`.
        node = self._node.applied if self._authorities.is_current else 0
        whole = {
            "firewall": self._firewall.applied,
            "node": node,
            "edge": self._edge.applied,
            "challenges": self._challenges.applied,
        }
        return mesh | {section: revision for section, revision in whole.items() if revision}

    def _alerts(self) -> tuple[str, ...]:
        of_names = () if self._names is None else self._names.alerts
        of_mesh = of_names if self._mesh is None else (*self._mesh.alerts, *of_names)
        if abs(self._clock_offset) <= CLOCK_ALERT_S:
            return of_mesh
        return (f"the clock is {self._clock_offset:+.0f} s off the control plane's", *of_mesh)

    async def _poll_forever(self) -> None:
        while True:
            await self._link.wait_connected()
            self._polling = True
            held = self._runner.held[:MOST_NAMED]
            try:
                reply = await self._link.request("GET", self._poll_target(held), timeout=POLL_WAIT_S + 30)
            except LinkDown:
                await trio.sleep(0.05)
                continue
            finally:
                self._polling = False
            answer = _decoded(_poll_answer, reply)
            if answer is not None:
                await self._take(answer, held)
            else:
                log.warning("poll refused", extra={"status": reply.status, "answer": _beginning(reply)})
                await trio.sleep(REFUSED_RETRY_S)

    def _poll_target(self, held: list[str]) -> str:
        # What was interrupted goes on when the control plane has answered.
        wait = 0 if self._runner.has_unconfirmed else POLL_WAIT_S
        room = self._runner.room
        target = f"/v1/internal/tasks/{self._record.node_id}?wait={wait}&capacity={room.general}&quick={room.quick}"
        target += f"&instance={self._instance.id}"
        # A poll that names an older revision is answered at once: with a device that fails, without end.
        if self._mesh is not None and self._mesh.is_current:
            target += f"&mesh={self._mesh.applied}"
        if self._firewall.is_current:
            target += f"&firewall={self._firewall.applied}"
        if self._edge.is_current:
            target += f"&edge={self._edge.applied}"
        if self._challenges.is_current:
            target += f"&challenges={self._challenges.applied}"
        if self._node.is_current:
            target += f"&node={self._node.applied}"
        return target + (f"&held={quote(','.join(held), safe=',')}" if held else "")

    async def _take(self, answer: PollAnswer, held: list[str]) -> None:
        """`held` are the tasks that the poll named."""
        if not self._generation.may_obey(answer.generation):
            # Of an older copy, unless the next heartbeat says that it is another database.
            await trio.sleep(OUTDATED_RETRY_S)
            return
        self._node.learn(answer.revisions.get("node", 0))
        if not answer.waiting:
            # What a task opens has its rule before that.
            self._firewall.learn(answer.revisions.get("firewall", 0))
            await self._firewall.settle(SETTLE_S)
            self._edge.learn(answer.revisions.get("edge", 0))
            await self._edge.settle(SETTLE_S)
            self._challenges.learn(answer.revisions.get("challenges", 0))
            await self._challenges.settle(SETTLE_S)
        if answer.tasks:
            try:
                await self._runner.accept(list(answer.tasks))
            except StateUnwritable as error:
                # Not accepted, so not held: they are delivered again.
                log.error("tasks cannot be accepted: %s", error)
                await trio.sleep(DISK_RETRY_S)
        self._runner.cancel(answer.cancel)
        if not answer.waiting:
            self._runner.confirm(held)
        if self._mesh is not None and not answer.waiting:
            self._mesh.ways.called(answer.sought_by)
            self._mesh.learn(answer.revisions.get("mesh", 0), answer.mesh)
            # The next poll is the acknowledgement: it follows the applying.
            await self._mesh.settle(SETTLE_S)

    def _why_not_connected(self) -> str:
        """Where the mesh knows the cause, that rather than what comes of it."""
        failure = self._link.failure or self._refusal
        of_mesh = "" if self._mesh is None else self._mesh.check().message
        return (of_mesh or failure) if failure else ""

    async def _write_status(self) -> None:
        status = AgentStatus(
            pid=os.getpid(),
            written_at=time.time(),
            connected=self._link.connected and not (self._link.failure or self._refusal),
            problem=self._why_not_connected(),
            last_contact=self._last_contact or None,
            clock_offset_s=self._clock_offset,
            mesh_revision=None if self._mesh is None else self._mesh.applied,
            mesh_members=None if self._mesh is None else len(self._mesh.members),
            tasks=self._runner.describe(),
            unreported=len(self._runner.unreported),
            state_problem=self._state.problem,
            waiting=self._waiting,
            interval_s=self._settings.interval_s,
            control_plane=self._link.url,
            proxy=self._proxy.name,
            endpoint="" if self._mesh is None else self._mesh.endpoint,
            mtu=0 if self._mesh is None else self._mesh.mtu.mtu,
            via="" if self._mesh is None else self._mesh.via,
            tls_problem="" if self._mesh is None else self._mesh.tls_problem,
            mtu_source="" if self._mesh is None else self._mesh.mtu.source,
            listen_port=0 if self._mesh is None else self._mesh.listen_port,
            endpoints=() if self._mesh is None else self._mesh.endpoints or (),
            ways={} if self._mesh is None else self._mesh.ways.counts(),
            network=self._network,
            edge=self._edge.summary,
        )
        try:
            await trio.to_thread.run_sync(write_status, self._directory.status, status)
        except OSError as error:
            log.warning("the status cannot be written: %s", error)
