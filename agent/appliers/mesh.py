"""The mesh section: this node's WireGuard interface and its peers."""

from __future__ import annotations

import logging
import math
import socket
from collections.abc import Callable
from typing import TypeVar

import msgspec
import trio

from agent.appliers.greeting import greet
from agent.appliers.peers import CONTROL_PLANE_KEEPALIVE_S, NO_PEERS, difference, hub_peer, peers_of
from agent.directory import NodeRecord
from agent.link import ControlPlaneLink, LinkDown
from agent.state.desired_mesh import ChecksumMismatch, DesiredMesh
from nimbus.protocol.messages import HealthCheck, MeshDelta, MeshPeer
from nimbus.wireguard.addresses import join_endpoint, split_endpoint
from nimbus.wireguard.device import Device
from nimbus.wireguard.model import Interface, Peer, PeerState
from nimbus.wireguard.plan import plan, plan_peers
from nimbus.wireguard.sessions import open_sessions

CONTROL_PLANE = "control-plane"
T = TypeVar("T")
log = logging.getLogger("nimbus.mesh")


def interface_of(record: NodeRecord, private_key: str, peers: dict[str, Peer]) -> Interface:
    """The interface as wanted."""
    assert record.mesh is not None
    return Interface(
        name=record.interface,
        private_key=private_key,
        listen_port=record.listen_port,
        addresses=(record.mesh.address,),
        peers=peers,
    )


def resolve_endpoint(endpoint: str) -> str:
    """`host:port` with an address instead of a name; "" when the name has none now. Blocks."""
    host, _, port = endpoint.rpartition(":")
    host = host.strip("[]")
    try:
        resolved = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
    except (OSError, ValueError):
        return ""
    address, number = resolved[0][4][0], resolved[0][4][1]
    return join_endpoint(str(address), int(number))


class MeshApplier:
    """Belongs to the Trio thread; the device is used in one worker thread at a time."""

    def __init__(
        self,
        record: NodeRecord,
        private_key: str,
        device: Device,
        desired: DesiredMesh,
        link: ControlPlaneLink,
        on_applied: Callable[[], None],
    ) -> None:
        self._record = record
        self._private_key = private_key
        self._device = device
        self._desired = desired
        self._link = link
        self._on_applied = on_applied
        self._previous: Interface | None = None
        self._published = desired.revision
        self._news = trio.Event()
        self._settled = trio.Event()
        self._settled.set()
        self._inline: MeshDelta | None = None
        self._device_work = trio.Lock()
        self._limiter = trio.CapacityLimiter(1)
        self._nursery: trio.Nursery | None = None
        self._problem = ""
        self._refused = ""
        self._keepalive = CONTROL_PLANE_KEEPALIVE_S
        self.applied = 0

    def learn(self, revision: int, delta: MeshDelta | None = None) -> None:
        """The control plane has this revision; `delta` when it sent the difference along."""
        self._published = revision
        self._inline = delta or self._inline
        if revision != self._desired.revision:
            if self._settled.is_set():
                self._settled = trio.Event()
            self._news.set()

    @property
    def is_current(self) -> bool:
        """What was last learned is applied."""
        return self.applied == self._published

    async def settle(self, seconds: float) -> None:
        """Wait until what was learned is applied, or could not be; no longer than that."""
        with trio.move_on_after(seconds):
            await self._settled.wait()

    def be_quiet(self, quiet: bool) -> None:
        """While another agent is served with this node's keys: nothing keeps this one's way open, so that it
        does not take the other's, but for when the agent asks again."""
        self._keepalive = 0 if quiet else CONTROL_PLANE_KEEPALIVE_S

    def check(self) -> HealthCheck:
        problem = self._problem or self._refused
        return HealthCheck("mesh", healthy=not problem, message=problem)

    @property
    def members(self) -> dict[str, MeshPeer]:
        return self._desired.peers

    async def start(self) -> None:
        """Set the interface up as it was last wanted, also without the control plane."""
        await self.verify()
        self.applied = self._desired.revision

    async def run(self) -> None:
        """Follow the control plane's revisions until cancelled."""
        async with trio.open_nursery() as self._nursery:
            await self._follow_forever()

    async def _follow_forever(self) -> None:
        while True:
            await self._news.wait()
            self._news = trio.Event()
            try:
                await self._follow()
                self._problem = ""
            except (LinkDown, ChecksumMismatch):
                continue
            except Exception as error:
                log.exception("the mesh could not be brought to its desired state")
                self._problem = str(error)
            finally:
                if not self._news.is_set():
                    self._settled.set()

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
            self._news.set()

    async def _fetch(self, since: int) -> MeshDelta | None:
        target = f"/v1/internal/desired/{self._record.node_id}/mesh?revision={since}"
        reply = await self._link.request("GET", target)
        if reply.status != 200:
            return None
        return msgspec.json.decode(reply.body, type=MeshDelta)

    async def _take_in(self, delta: MeshDelta) -> None:
        async with self._device_work:
            changed, _gone = self._desired.apply(delta)
            before = self._previous.peers if self._previous else NO_PEERS
            want = self._wanted(self._last_endpoint())
            step = plan_peers(*difference(before, want.peers), before)
            if step:
                await self._in_thread(lambda: self._device.apply(step, want))
            self._previous = want
        self.applied = self._desired.revision
        self._on_applied()
        if self._nursery is not None and delta.since == 0:
            others = [peer for peer in changed if peer.node_id != self._record.node_id]
            self._nursery.start_soon(greet, self._record.mesh_key, others, self.peer_states)

    async def verify(self) -> None:
        """Repair what somebody changed by hand, and follow the name of the control plane."""
        # Before the device is held: with a name server that is silent this takes tens of seconds.
        endpoint = await self._endpoint()
        async with self._device_work:
            want = self._wanted(endpoint)
            previous = self._previous
            state = await self._in_thread(self._device.read)
            step = plan(state, want, previous)
            if step:
                if previous is not None:
                    log.warning("repairing the mesh interface", extra={"steps": step.describe()[:20]})
                await self._in_thread(lambda: self._device.apply(step, want))
            if step.create and previous is not None:
                # The others still have sessions with a device that is gone: without this they notice after 15 s.
                open_sessions(self._everybody())
            self._previous = want

    def _everybody(self) -> list[str]:
        """Overlay addresses of the control plane and of all other members."""
        assert self._record.mesh is not None
        others = [peer.address for peer in self.members.values() if peer.node_id != self._record.node_id]
        return [self._record.mesh.control_plane_address, *others]

    async def keep_verified(self, interval: float) -> None:
        """Within every heartbeat interval, until cancelled."""
        while True:
            await trio.sleep(interval)
            try:
                await self.verify()
            except Exception as error:
                log.exception("the mesh interface could not be repaired; trying again")
                self._problem = str(error)
                continue
            if self.applied != self._desired.revision:  # the device had failed when it was to be applied
                self.applied, self._problem = self._desired.revision, ""
                self._on_applied()

    async def peer_states(self) -> dict[str, PeerState]:
        async with self._device_work:
            return await self._in_thread(self._device.read_peers)

    def _wanted(self, endpoint: str) -> Interface:
        known = self._previous.peers if self._previous else NO_PEERS
        hub = hub_peer(self._record, endpoint, self._keepalive)
        peers = peers_of(self._record, hub, self._desired.peers.values(), known)
        problem = peers.problem()
        if problem and problem != self._refused:
            log.error("%s", problem)
        self._refused = problem
        return interface_of(self._record, self._private_key, peers.by_key)

    async def _endpoint(self) -> str:
        """Where the control plane is now, or was when that cannot be said."""
        assert self._record.mesh is not None
        named = self._record.mesh.endpoint
        if _is_literal(named):
            return named
        return await trio.to_thread.run_sync(resolve_endpoint, named) or self._last_endpoint()

    def _last_endpoint(self) -> str:
        if self._previous is None or self._record.mesh is None:
            return ""
        return self._previous.peers[self._record.mesh.peer_key].endpoint or ""

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)


def _is_literal(endpoint: str) -> bool:
    try:
        split_endpoint(endpoint)
    except ValueError:
        return False
    return True


def handshake_age(state: PeerState | None, now: float) -> float | None:
    """Seconds since the last handshake, None when there was none."""
    if state is None or not state.last_handshake:
        return None
    return max(0.0, math.floor((now - state.last_handshake) * 10) / 10)
