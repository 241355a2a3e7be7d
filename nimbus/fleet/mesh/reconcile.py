"""Convergence of the control plane's own device, and publication of what it then has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.mesh import store
from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.mesh.records import DeviceChanged, MeshChanged, News, SeenAt
from nimbus.fleet.mesh.rules import (
    Debounce,
    EndpointDamping,
    HandshakeWatch,
    device_peers,
    is_of_this_machine,
)
from nimbus.fleet.nodes.records import NodeKeepsPorts, NodeRelabelled, NodeRenamed
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.device import Device
from nimbus.wireguard.model import Interface, InterfaceState, Peer, PeerState
from nimbus.wireguard.path_mtu import PathMtu, Way
from nimbus.wireguard.plan import plan, plan_peers
from nimbus.wireguard.sessions import open_sessions
from nimbus.wireguard.ways import way_to

T = TypeVar("T")
VERIFY_INTERVAL_S = 5.0
FAREWELL_S = 2.0
# TEST-NET-1 (RFC 5737): nothing is sent, only the routing table is asked.
_ANYWHERE = "192.0.2.1"
log = logging.getLogger("nimbus.mesh")


class MeshReconciler:
    """One per appliance. `base` is the interface without peers; `device` None is `mesh = off`."""

    def __init__(
        self,
        database: Database,
        members: Members,
        publication: Publication,
        device: Device | None,
        base: Interface | None,
        mtu: int = 0,
        way_to: Callable[[str], Way | None] = way_to,
        heard: HeardEndpoints | None = None,
        forbid_transit: Callable[[], None] = lambda: None,
        source_of: Callable[[str], str] = lambda _endpoint: "",
        observe: Callable[[Mapping[str, str]], None] = lambda _seen: None,
    ) -> None:
        """`mtu` 0: as the way to the members is. `heard`: where they say that they are reached. `forbid_transit`
        keeps this machine from passing on packets of one member to another; it blocks, and may raise. `source_of`
        tells of an endpoint on this machine's loopback where the node is that comes by it, over TLS. `observe` is
        told by node id where members are heard, every few seconds."""
        self._source_of = source_of
        self._observe = observe
        self._database = database
        self._members = members
        self._publication = publication
        self._device = device
        self._want = base
        self._mtu = PathMtu(mtu)
        self._way_to = way_to
        self._previous: Interface | None = None
        self._debounce = Debounce()
        self._renamed: dict[str, str] = {}
        self._relabelled: set[str] = set()
        self._leaving: dict[str, float] = {}
        # Key to node id of those on the device that have not proven that they have the key.
        self._candidates: dict[str, str] = {}
        self._handshakes = HandshakeWatch()
        self._damping = EndpointDamping()
        self._heard = heard
        self._forbid_transit = forbid_transit
        self._transit = Attempts(log, "this machine could not be told to pass nothing on between members")
        self._wakeup = Wakeup()
        if heard is not None:
            heard.on_news = self._wakeup.signal
        self._device_work = trio.Lock()
        self._limiter = trio.CapacityLimiter(1)

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(MeshChanged, self._on_change)
        bus.subscribe(DeviceChanged, self._wakeup.signal)
        bus.subscribe(NodeRenamed, self._on_rename)
        bus.subscribe(NodeRelabelled, self._on_relabelling)
        bus.subscribe(NodeKeepsPorts, self._on_relabelling)

    def _on_change(self, _event: MeshChanged) -> None:
        self._debounce.changed(trio.current_time())
        self._wakeup.signal()

    def _on_rename(self, event: NodeRenamed) -> None:
        self._renamed[event.node_id] = event.name
        self._wakeup.signal()

    def _on_relabelling(self, event: NodeRelabelled | NodeKeepsPorts) -> None:
        self._relabelled.add(event.node_id)
        self._wakeup.signal()

    async def start(self) -> None:
        """Bring the device up as stored, and publish. Raises what the device raises."""
        # What made a node one of another kind may have been the last thing before a crash.
        await self._database.write(self._members.place_all_again)
        await self.apply_stored()
        await self.verify()
        await self._publish()

    async def run(self) -> None:
        """Until cancelled: apply changes as they come, publish them debounced, verify every few seconds."""
        attempts = Attempts(log, "the mesh could not be brought to its desired state")
        next_verification = trio.current_time() + VERIFY_INTERVAL_S
        while True:
            due = self._debounce.due_at()
            until = min(
                next_verification,
                self._handshakes.look_at,
                *self._leaving.values(),
                *([] if due is None else [due]),
            )
            signalled = await self._wakeup.wait(max(0.0, until - trio.current_time()))
            with attempts:
                if signalled or any(end <= trio.current_time() for end in self._leaving.values()):
                    await self._store_names()
                    await self._store_kinds()
                    await self._store_heard()
                    await self.apply_stored()
                if self._handshakes.look_at <= trio.current_time():
                    await self._look_for_handshakes()
                due = self._debounce.due_at()
                if due is not None and due <= trio.current_time():
                    await self._publish()
                if next_verification <= trio.current_time():
                    next_verification = trio.current_time() + VERIFY_INTERVAL_S
                    await self.verify()
            if attempts.failed:
                next_verification = trio.current_time() + VERIFY_INTERVAL_S
                # What failed is done again first: nothing is published that the device does not have.
                self._wakeup.signal()
                await trio.sleep(1)

    async def _store_names(self) -> None:
        """Members carry the names of their nodes."""
        renamed, self._renamed = self._renamed, {}
        if renamed:

            def rename(tx: Transaction) -> None:
                for node_id, name in renamed.items():
                    self._members.rename(tx, node_id, name)

            try:
                await self._database.write(rename)
            except BaseException:
                self._renamed = {**renamed, **self._renamed}
                raise

    async def apply_stored(self) -> None:
        """Send the device what differs between what it was last sent and what is stored."""
        if self._device is None or self._want is None:
            return
        async with self._device_work:
            before = self._want.peers
            stored, candidates = await self._database.read(lambda tx: _stored_peers(tx, before))
            # A key that is about to leave may come back with another node: what it has shown before proves nothing.
            returned = [key for key in candidates if key in self._leaving]
            peers = self._with_leaving(before, stored)
            # Where a peer is comes from the device: that alone is nothing to tell it.
            changed = [peer for key, peer in peers.items() if not _same_but_endpoint(before.get(key), peer)]
            changed += [peers[key] for key in returned if peers[key] not in changed]
            removed = [key for key in before if key not in peers]
            if changed or removed:
                want = _with_peers(self._want, peers)
                device = self._device
                step = plan_peers(changed, [*removed, *returned], before)
                await self._in_thread(lambda: device.apply(step, want))
                self._previous, self._want = want, want
            self._candidates = candidates
            if candidates:
                self._handshakes.expect(trio.current_time())

    def _with_leaving(self, before: Mapping[str, Peer], stored: dict[str, Peer]) -> dict[str, Peer]:
        """A member that goes stays on this device for a moment, unless another has its address: what tells the
        node that it is revoked travels through the tunnel that ends with it."""
        now = trio.current_time()
        taken = {address for peer in stored.values() for address in peer.allowed_ips}
        ends = {
            key: self._leaving.get(key, now + FAREWELL_S)
            for key in before.keys() - stored.keys()
            if taken.isdisjoint(before[key].allowed_ips)
        }
        self._leaving = {key: end for key, end in ends.items() if end > now}
        return stored | {key: before[key] for key in self._leaving}

    async def verify(self) -> None:
        """Repair what somebody changed by hand, and store the endpoints that peers are seen at."""
        if self._device is None or self._want is None:
            return
        await self._look_at_mtu()
        async with self._device_work:
            if self._want.mtu != self._mtu.mtu:
                self._want = msgspec.structs.replace(self._want, mtu=self._mtu.mtu)
            device, want, previous = self._device, self._want, self._previous
            state = await self._in_thread(device.read)
            step = plan(state, want, previous)
            if step:
                if previous is not None:
                    log.warning("repairing the mesh interface", extra={"steps": step.describe()[:20]})
                await self._in_thread(lambda: device.apply(step, want))
            if step.create and previous is not None:
                # The nodes still have sessions with a device that is gone: without this they notice after 15 s.
                open_sessions(_addresses(want.peers.values()))
            self._previous = want
            with self._transit:
                await self._in_thread(self._forbid_transit)
        await self._prove(state.peers)
        await self._store_endpoints(state)

    async def _look_at_mtu(self) -> None:
        """By the default route; where there is none, by the way to the first member that was seen somewhere."""
        peers = self._want.peers.values() if self._want else ()
        seen = next((peer.endpoint for peer in peers if peer.endpoint), None)
        addresses = [_ANYWHERE, *([split_endpoint(seen)[0]] if seen else [])]

        def look() -> tuple[str, Way | None]:
            ways = ((address, self._way_to(address)) for address in addresses)
            return next(((address, way) for address, way in ways if way), ("", None))

        self._mtu.see(*await self._in_thread(look))

    @property
    def mtu(self) -> PathMtu:
        """Of the control plane's own device."""
        return self._mtu

    async def _look_for_handshakes(self) -> None:
        if self._device is not None and self._candidates:
            async with self._device_work:
                states = await self._in_thread(self._device.read_peers)
            await self._prove(states)
        self._handshakes.looked(trio.current_time(), waiting=bool(self._candidates))

    async def _prove(self, states: Mapping[str, PeerState]) -> None:
        """Candidates whose key has shaken hands become members."""
        proven = [
            (node_id, key, _told(states[key].endpoint), self._said(node_id) or ())
            for key, node_id in self._candidates.items()
            if key in states and states[key].last_handshake is not None
        ]
        if proven:

            def prove(tx: Transaction) -> None:
                for node_id, key, endpoint, more in proven:
                    self._members.prove(tx, node_id, key, endpoint, more)

            await self._database.write(prove)
            for _node_id, key, *_where in proven:
                self._candidates.pop(key, None)

    def _said(self, node_id: str) -> tuple[str, ...] | None:
        """Where a node says that it is reached; None: it has said nothing since the start."""
        return self._heard.admitted(node_id) if self._heard is not None else None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await trio.to_thread.run_sync(work, limiter=self._limiter)

    async def seen_at(self, public_key: str) -> SeenAt:
        """Where a peer's packets come from."""
        if self._device is None:
            return SeenAt()
        async with self._device_work:
            device = self._device
            peers = await trio.to_thread.run_sync(device.read_peers, limiter=self._limiter)
        endpoint = peers[public_key].endpoint if public_key in peers else None
        if not endpoint:
            return SeenAt()
        address = self._source_of(endpoint) or split_endpoint(endpoint)[0]
        return SeenAt(_told(endpoint), address)

    async def peer_states(self) -> InterfaceState | None:
        if self._device is None:
            return None
        async with self._device_work:
            return await self._in_thread(self._device.read)

    async def _store_endpoints(self, state: InterfaceState) -> None:
        seen = {
            key: peer.endpoint
            for key, peer in state.peers.items()
            if peer.endpoint and peer.last_handshake is not None and _told(peer.endpoint)
        }
        members = await self._database.read(store.present_members)
        self._observe(
            {
                member.peer.node_id: seen[member.peer.public_key]
                for member in members
                if member.peer.public_key in seen
            }
        )
        self._damping.forget_quiet(trio.current_time())
        await self._move((member.peer for member in members), seen)

    async def _store_kinds(self) -> None:
        """A policy may tell members by their labels, and by what they can do."""
        relabelled, self._relabelled = self._relabelled, set()
        if relabelled:
            try:
                await self._database.write(lambda tx: self._members.place_again(tx, sorted(relabelled)))
            except BaseException:
                self._relabelled |= relabelled
                raise

    async def _store_heard(self) -> None:
        """Of nodes that have said since where they are reached."""
        news = self._heard.take_news() if self._heard is not None else ()
        if news:
            members = await self._database.read(lambda tx: [store.member(tx, node_id) for node_id in news])
            await self._move((member.peer for member in members if member and not member.peer.removed), {})

    async def _move(self, members: Iterable[MeshPeer], seen: Mapping[str, str]) -> None:
        """Store where members are now: `seen` by key, and as they say. What is told too often waits for a later
        look."""
        moved: list[MeshPeer] = []
        for peer in members:
            more = self._said(peer.node_id)
            now = msgspec.structs.replace(
                peer,
                endpoint=seen.get(peer.public_key, peer.endpoint),
                more_endpoints=peer.more_endpoints if more is None else more,
            )
            if now != peer and self._damping.admits(peer.node_id, trio.current_time()):
                moved.append(now)

        def move(tx: Transaction) -> None:
            for peer in moved:
                self._members.set_endpoint(tx, peer.node_id, peer.endpoint, peer.more_endpoints)

        if moved:
            await self._database.write(move)

    async def _publish(self) -> None:
        newest, published = self._publication.newest, self._publication.revisions

        def read(tx: Transaction) -> News:
            return self._members.news(tx, newest, published)

        # What changes while this is read waits for the next one.
        self._debounce.published(trio.current_time())
        try:
            news = await self._database.read(read)
        except BaseException:
            self._debounce.changed(trio.current_time())
            raise
        self._publication.publish(news)


def _told(endpoint: str | None) -> str:
    """What others may hear of where a peer is seen."""
    return "" if endpoint is None or is_of_this_machine(endpoint) else endpoint


def _addresses(peers: Iterable[Peer]) -> list[str]:
    return [network.removesuffix("/32") for peer in peers for network in peer.allowed_ips]


def _same_but_endpoint(before: Peer | None, now: Peer) -> bool:
    if before is now:  # nearly all of a large mesh: `device_peers` takes over what is the same
        return True
    return before is not None and msgspec.structs.replace(before, endpoint=now.endpoint) == now


def _stored_peers(tx: Transaction, known: Mapping[str, Peer]) -> tuple[dict[str, Peer], dict[str, str]]:
    """What the device shall have, and which of these keys are candidates', with their node ids."""
    candidates = store.candidates(tx)
    peers = device_peers(store.present_members(tx), store.provisional_peers(tx), candidates, known)
    return peers, {peer.public_key: peer.node_id for peer in candidates}


def _with_peers(base: Interface, peers: dict[str, Peer]) -> Interface:
    return Interface(
        name=base.name,
        private_key=base.private_key,
        listen_port=base.listen_port,
        addresses=base.addresses,
        mtu=base.mtu,
        peers=peers,
        routes=base.routes,
    )
