"""The mesh section: this node's WireGuard interface and its peers."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

import msgspec
import trio

from agent.appliers.control_plane_way import ControlPlaneWay
from agent.appliers.greeting import greet
from agent.appliers.listen_port import ListenPort
from agent.appliers.mtu_probe import largest_that_passes
from agent.appliers.overlap import overlap_alert, overlap_problem
from agent.appliers.peer_mtus import PeerMtus
from agent.appliers.peers import CONTROL_PLANE_KEEPALIVE_S, NO_PEERS, difference, hub_peer, peers_of
from agent.appliers.tunnel_mtu import PROBE_AT_START_S, TunnelMtu, next_measurement_s
from agent.appliers.ways.own_endpoints import OwnAddress, endpoints, own_addresses, usable
from agent.appliers.ways.probe import probe
from agent.appliers.ways.relays import is_relay
from agent.appliers.ways.sighting import show
from agent.appliers.ways.ways import Ways
from agent.directory import NodeRecord
from agent.following import Following
from agent.link import ControlPlaneLink
from agent.mesh_ports.filter import PortFilter
from agent.mesh_ports.table import lets_no_echo
from agent.node_section.settings import NodeSettings
from agent.over_tls.connection import Connection
from agent.relay.lost_sockets import without_lost_sockets
from agent.relay.relays import Relays
from agent.state.desired_mesh import ChecksumMismatch, DesiredMesh
from agent.state.found_names import FoundNames
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import HealthCheck, MeshDelta, MeshMembership, MeshPeer, MeshPorts, Sighting
from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.device import Device
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.local_routes import LocalRoute, overlapping_routes
from nimbus.wireguard.model import DEFAULT_MTU, Interface, InterfaceState, Peer, PeerState
from nimbus.wireguard.path_mtu import PathMtu, Way
from nimbus.wireguard.plan import Plan, plan, plan_peers
from nimbus.wireguard.sessions import open_sessions
from nimbus.wireguard.ways import way_to

CONTROL_PLANE = "control-plane"
PORT_IN_USE = "MESH_PORT_IN_USE"
T = TypeVar("T")
log = logging.getLogger("nimbus.mesh")


def interface_of(
    record: NodeRecord,
    private_key: str,
    peers: dict[str, Peer],
    mtu: int = DEFAULT_MTU,
    listen_port: int | None = None,
    narrow: dict[str, int] | None = None,
) -> Interface:
    """The interface as wanted; `listen_port` None: the record's. `narrow`: networks with a smaller MTU."""
    assert record.mesh is not None
    return Interface(
        name=record.interface,
        private_key=private_key,
        listen_port=record.listen_port if listen_port is None else listen_port,
        addresses=(record.mesh.address,),
        mtu=mtu,
        peers=peers,
        narrow={each: less for each, less in (narrow or {}).items() if less < mtu},
    )


class MeshApplier:
    """Belongs to the Trio thread; the device is used in one worker thread at a time."""

    def __init__(
        self,
        settings: NodeSettings,
        private_key: str,
        device: Device,
        desired: DesiredMesh,
        link: ControlPlaneLink,
        on_applied: Callable[[], None],
        way_to: Callable[[str], Way | None] = way_to,
        probe: Callable[[str, int], Awaitable[int | None]] = largest_that_passes,
        overlapping: Callable[[str, Collection[str]], list[LocalRoute]] = overlapping_routes,
        own_addresses: Callable[[], list[OwnAddress]] = own_addresses,
        relays: Relays | None = None,
        connect_tls: Callable[[], Awaitable[Connection]] | None = None,
        found_names: FoundNames | None = None,
        ports: PortFilter | None = None,
    ) -> None:
        self._record = settings.record
        self._ports = ports or PortFilter(settings.record.interface)
        self._way = ControlPlaneWay(settings, connect_tls, found_names)
        self._given_endpoints = settings.mesh_endpoints
        self._mtu = TunnelMtu(settings.mtu, way_to, probe)
        self.peer_mtus = PeerMtus(probe)
        self._overlapping = overlapping
        self._own_addresses = own_addresses
        # Where others are told that this node is reached; None: not known yet.
        self.endpoints: tuple[str, ...] | None = None
        self._relays = relays
        self._own: list[OwnAddress] = []
        self.ways = Ways(relays)
        self.ways.take_in(desired.peers.values())
        self._overlap = self._overlap_alert = ""
        self._settings_alert = settings.alert
        # The UDP port that the device has; 0: not known yet.
        self.listen_port = 0
        self._port = ListenPort()
        self._private_key = private_key
        self._device = device
        self._desired = desired
        self._link = link
        self._on_applied = on_applied
        self._previous: Interface | None = None
        self._published = desired.revision
        what = "the mesh could not be brought to its desired state"
        self._following = Following(log, what, but=(ChecksumMismatch,))
        self._inline: MeshDelta | None = None
        self._device_work = trio.Lock()
        self._limiter = trio.CapacityLimiter(1)
        self._nursery: trio.Nursery | None = None
        self._problem = ""
        self._refused = ""
        self._keepalive = CONTROL_PLANE_KEEPALIVE_S
        # The control plane keeps it from others for what this machine cannot do.
        self.is_kept_apart = False
        self.applied = 0

    def learn(self, revision: int, delta: MeshDelta | None = None) -> None:
        """The control plane has this revision; `delta` when it sent the difference along."""
        self._published = revision
        self._inline = delta or self._inline
        if revision != self._desired.revision:
            self._following.has_news()

    @property
    def is_current(self) -> bool:
        """What was last learned is applied."""
        return self.applied == self._published

    async def settle(self, seconds: float) -> None:
        """Wait until what was learned is applied, or could not be; no longer than that."""
        await self._following.settle(seconds)

    def be_quiet(self, quiet: bool) -> None:
        """While another agent is served with this node's keys: nothing keeps this one's way open, so that it
        does not take the other's, but for when the agent asks again."""
        self._keepalive = 0 if quiet else CONTROL_PLANE_KEEPALIVE_S

    def check(self) -> HealthCheck:
        problem = self._overlap or self._problem or self._refused or self._apart
        return HealthCheck("mesh", healthy=not problem, message=problem)

    @property
    def alerts(self) -> tuple[str, ...]:
        """What is to be known, but stops nothing."""
        return tuple(
            filter(
                None,
                (
                    self._port.alert,
                    self._settings_alert,
                    self._overlap_alert,
                    self._way.alert,
                    self._relay_alert,
                ),
            )
        )

    @property
    def _relay_alert(self) -> str:
        return self._relays.alert if self._relays is not None else ""

    @property
    def membership(self) -> MeshMembership:
        """This node's place, and the control plane as it is now."""
        assert self._record.mesh is not None
        return self._record.mesh

    @property
    def endpoint(self) -> str:
        """Where the control plane is tried now; "" while its names have no address."""
        return self._way.address

    @property
    def via(self) -> str:
        """How WireGuard reaches the control plane: "udp", or "tls" where UDP is blocked."""
        return self._way.via

    @property
    def tls_problem(self) -> str:
        """Why there is no way over TLS, where it is needed."""
        return self._way.tls_problem

    @property
    def interface_mtu(self) -> int:
        return self._mtu.known.mtu

    @property
    def mtu(self) -> PathMtu:
        return self._mtu.known

    def use(self, settings: NodeSettings) -> None:
        """From now on these: `run` tells the device."""
        if settings.record.listen_port != self._record.listen_port:
            self._port.wanted_anew()
        self._record = settings.record
        self._settings_alert = settings.alert
        self._mtu.known.fixed = settings.mtu
        self._way.use(settings)

    @property
    def members(self) -> dict[str, MeshPeer]:
        return self._desired.peers

    async def start(self) -> None:
        """Set the interface up as it was last wanted, also without the control plane and its name server."""
        await self._way.begin()
        await self._ports.start()
        await self.verify()
        with trio.move_on_after(PROBE_AT_START_S):
            await self._probe_mtu()
        self.applied = self._desired.revision

    async def run(self) -> None:
        """Follow the control plane's revisions until cancelled."""
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._way.run, self)
            self._nursery.start_soon(self._keep_mtu)
            self._nursery.start_soon(self.ways.run, self)
            self._nursery.start_soon(self.peer_mtus.run, self)
            await self._following.run(self._follow, self._has_followed)

    async def _keep_mtu(self) -> None:
        """Measure what passes now and then."""
        attempts = Attempts(log, "the MTU could not be set")
        while True:
            await trio.sleep(next_measurement_s(connected=self._link.connected))
            with attempts:
                await self._probe_mtu()
            self.has_problem(attempts.problem)

    async def _probe_mtu(self) -> None:
        if not self._keepalive or not self._way.address:
            return
        if await self._mtu.measure(self.membership.control_plane_address):
            await self.verify()

    def _has_followed(self, attempts: Attempts) -> None:
        self._problem = attempts.problem

    async def _follow(self) -> None:
        delta, self._inline = self._inline, None
        if delta is None or delta.since != self._desired.revision:
            delta = await self._fetch(self._desired.revision)
        if delta is None:
            return
        try:
            await self._take_in(delta)
        except ChecksumMismatch:
            log.warning("the mesh members do not add up: asking for all of them")
            whole = await self._fetch(0)
            if whole is not None:
                await self._take_in(whole)
        if self._published != self._desired.revision:
            self._following.has_news()

    async def _fetch(self, since: int) -> MeshDelta | None:
        target = f"/v1/internal/desired/{self._record.node_id}/mesh?revision={since}"
        reply = await self._link.request("GET", target)
        if reply.status != 200:
            return None
        return msgspec.json.decode(reply.body, type=MeshDelta)

    async def _take_in(self, delta: MeshDelta) -> None:
        async with self._device_work:
            changed, gone = self._desired.apply(delta)
            self.ways.take_in(changed)
            restricted = self._restricted()
            if restricted or self._ports.is_used:
                # First to disk: a kill in between must not bring back what was open before.
                await self._desired.store()
                await self._ports.close(restricted)
            before = self._previous.peers if self._previous else NO_PEERS
            want = self._wanted()
            step = plan_peers(*difference(before, want.peers), before)
            if step:
                await self._in_thread(lambda: self._device.apply(step, want))
            self._previous = want
            await self._ports.open(restricted)
        self.applied = self._desired.revision
        self._on_applied()
        if self._relays is not None:
            for peer in gone:
                self._relays.close(peer.address)
        if self._nursery is not None and delta.since == 0:
            others = [peer for peer in changed if peer.node_id != self._record.node_id]
            self._nursery.start_soon(
                greet, self._record.mesh_key, others, self.peer_states, self.ways.ask_first
            )

    async def verify(self) -> None:
        """Repair what somebody changed by hand, and use what is new of the control plane's place."""
        await self._in_thread(lambda: self._mtu.look(self._way.address))
        await self._look_at_networks()
        async with self._device_work:
            restricted = self._restricted()
            await self._ports.look()
            await self._ports.close(restricted)
            want = self._wanted()
            previous = self._previous
            state = without_lost_sockets(await self._in_thread(self._device.read), self._is_own_socket)
            self._follow_hub(state)
            step = plan(state, want, previous)
            await self._look_at_addresses(step.listen_port or state.listen_port)
            if step:
                if previous is not None:
                    log.warning("repairing the mesh interface", extra={"steps": step.describe()[:20]})
                want = await self._apply(step, want)
            await self._ports.open(restricted)
            if step.create and previous is not None:
                # The others still have sessions with a device that is gone: without this they notice after 15 s.
                open_sessions(self._everybody())
            self._previous = want
            self.listen_port = want.listen_port or state.listen_port
            self._way.use_port(self.listen_port)
            if self._relays is not None:
                self._relays.use_port(self.listen_port)

    def _is_own_socket(self, endpoint: str) -> bool:
        is_relays = self._relays is not None and bool(self._relays.address_of(endpoint))
        return is_relays or self._way.is_own_socket(endpoint)

    def _follow_hub(self, state: InterfaceState) -> None:
        key = self.membership.peer_key
        before = self._previous.peers.get(key) if self._previous else None
        # What was told since is about to be set.
        if key in state.peers and before is not None and before.endpoint == (self._way.address or None):
            self._way.seen_at(state.peers[key].endpoint)

    async def _apply(self, step: Plan, want: Interface) -> Interface:
        """The whole of it, on another port when another program has the wanted one; what was applied. Raises
        DeviceError."""
        try:
            await self._in_thread(lambda: self._device.apply(step, want))
        except DeviceError as error:
            if error.code != PORT_IN_USE or not want.listen_port:
                raise
        else:
            return want
        taken = want.listen_port
        self._port.is_taken(taken)
        log.warning("%s", self._port.alert)
        want = msgspec.structs.replace(want, listen_port=0)
        state = await self._in_thread(self._device.read)
        # It may hold on to the port that it did not get.
        port = 0 if state.listen_port in (0, taken) else None
        step = msgspec.structs.replace(plan(state, want, self._previous), listen_port=port)
        await self._in_thread(lambda: self._device.apply(step, want))
        return want

    async def _look_at_networks(self) -> None:
        """Which networks of this machine lie where the mesh does: they may come at any time."""
        address, interface = self.membership.address, self._record.interface
        routes = await self._in_thread(lambda: self._overlapping(address, [interface]))
        problem = overlap_problem(address, routes)
        if problem and problem != self._overlap:
            log.error("%s", problem)
        self._overlap, self._overlap_alert = problem, overlap_alert(address, routes)

    async def _look_at_addresses(self, port: int) -> None:
        """Where others may reach this machine: it may move at any time."""
        self._own = usable(await self._in_thread(self._own_addresses), self._record.interface)
        self.endpoints = endpoints(self._own, port, self._given_endpoints)

    async def show(self, sighting: Sighting) -> None:
        """Let the control plane see at another port of its own where this node's packets come from."""
        if not self.listen_port or not self._way.address or self._way.via == "tls":
            return
        address, token = split_endpoint(self._way.address)[0], bytes.fromhex(sighting.token)
        await self._in_thread(lambda: show(address, sighting.port, self.listen_port, token))

    def _everybody(self) -> list[str]:
        """Overlay addresses of the control plane and of all other members."""
        others = [peer.address for peer in self.members.values() if peer.node_id != self._record.node_id]
        return [self.membership.control_plane_address, *others]

    async def keep_verified(self, interval_s: Callable[[], float]) -> None:
        """Within every heartbeat interval, until cancelled."""
        attempts = Attempts(log, "the mesh interface could not be repaired")
        while True:
            await trio.sleep(0.8 * interval_s())
            with attempts:
                await self.verify()
            self._problem = attempts.problem
            if attempts.failed:
                continue
            if self.applied != self._desired.revision:  # the device had failed when it was to be applied
                self.applied = self._desired.revision
                self._on_applied()

    async def peer_states(self) -> dict[str, PeerState]:
        async with self._device_work:
            return await self._in_thread(self._device.read_peers)

    @property
    def is_connected(self) -> bool:
        """As `ControlPlanePeer` says."""
        return self._link.connected

    @property
    def is_quiet(self) -> bool:
        """As `ControlPlanePeer` says."""
        return not self._keepalive

    async def control_plane_state(self) -> PeerState | None:
        """As `ControlPlanePeer` says."""
        return (await self.peer_states()).get(self.membership.peer_key)

    def open_session(self) -> None:
        """As `ControlPlanePeer` says."""
        open_sessions([self.membership.control_plane_address])

    async def set_anew(self) -> None:
        """As `ControlPlanePeer` says."""
        key = self.membership.peer_key
        async with self._device_work:
            want = self._wanted()
            step = plan_peers([want.peers[key]], [key])
            await self._in_thread(lambda: self._device.apply(step, want))
            self._previous = want
        self.open_session()

    def has_problem(self, problem: str) -> None:
        """As `ControlPlanePeer` says."""
        self._problem = problem or self._problem

    def way_of(self, node_id: str, endpoint: str) -> tuple[str, tuple[str, ...]]:
        """By which way the member, or the control plane, is reached at its present endpoint; what was tried."""
        if node_id == CONTROL_PLANE:
            return ("tls" if is_relay(endpoint) else self.ways.kind_of(endpoint)) if endpoint else "", ()
        return self.ways.way_of(node_id, endpoint)

    def relay_of(self, address: str) -> str:
        """The overlay address of the relay by which this member goes; "" of one that is not relayed."""
        relayed = self._relays.relayed(address) if self._relays is not None else None
        return relayed.via if relayed else ""

    async def set_ways(self, moved: Collection[str]) -> None:
        """As `Tunnel` says."""
        async with self._device_work:
            before = self._previous.peers if self._previous else NO_PEERS
            want = self._wanted()
            changed, gone = difference(before, want.peers)
            changed += [
                want.peers[key] for key in moved if key in want.peers and want.peers[key] not in changed
            ]
            known = {key: peer for key, peer in before.items() if key not in moved}
            step = plan_peers(changed, gone, known)
            if step:
                await self._in_thread(lambda: self._device.apply(step, want))
            self._previous = want

    async def probe(self, key: str, address: str, endpoints: Sequence[str]) -> None:
        """As `Tunnel` says."""
        async with self._device_work:
            want = self._wanted()
            await self._in_thread(lambda: probe(self._device, want, key, address, endpoints))

    def _wanted(self) -> Interface:
        known = self._previous.peers if self._previous else NO_PEERS
        hub = hub_peer(self._record, self._way.endpoint, self._keepalive)
        members = self._desired.peers
        self.ways.use(members.get(self._record.node_id), self._own)
        safe = self._held(members.values())
        peers = peers_of(self._record, hub, safe, known, self.ways.choices)
        problem = self._unheld(len(members) - len(safe)) or peers.problem()
        if problem and problem != self._refused:
            log.error("%s", problem)
        self._refused = problem
        port = self._port.choose(self._record.listen_port)
        mtu, narrow = self._mtu.known.mtu, self.peer_mtus.routes
        return interface_of(self._record, self._private_key, peers.by_key, mtu, port, narrow)

    def _restricted(self) -> dict[str, MeshPorts]:
        """By address, of members to whom not everything is open. Nothing comes between this node and the control
        plane, and nothing between it and itself."""
        own = self.membership.address.partition("/")[0]
        return self._desired.restricted((self.membership.control_plane_address, own))

    def _held(self, members: Collection[MeshPeer]) -> Collection[MeshPeer]:
        """Those to whom all is closed that shall be."""
        if not self._desired.has_ports:
            return members
        return [
            peer
            for peer in members
            if peer.node_id == self._record.node_id
            or self._ports.holds(peer.address, self._desired.ports_of(peer))
        ]

    def _unheld(self, number: int) -> str:
        if not number:
            return ""
        return f"{number} members are no peers, for ports cannot be closed to them: {self._ports.problem}"

    @property
    def _apart(self) -> str:
        if not self.is_kept_apart or self.keeps_ports:
            return ""
        return (
            "this node is kept apart from members to whom the mesh policy opens only some ports, for it cannot"
            f" close the others: {self._ports.problem}"
        )

    def mute(self) -> set[str]:
        """Addresses of members who answer no echo, for the mesh policy lets none through."""
        return {address for address, ports in self._restricted().items() if lets_no_echo(ports)}

    @property
    def keeps_ports(self) -> bool:
        """This machine can close ports to peers."""
        return self._ports.keeps_ports

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)
