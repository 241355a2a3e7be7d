"""The ways to all other members: what each `PeerWay` decides is done here.

The device is read every few seconds, and no more than a hundredth of the time is spent on that; sooner while some
way is sought. What is done grows with the peers whose counters have moved, not with the mesh.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal, Protocol

import trio

from agent.appliers.ways.candidates import Candidate, candidates_of, is_translated, kind_of
from agent.appliers.ways.own_endpoints import Network, OwnAddress, networks
from agent.appliers.ways.peer_way import PeerWay, Seen
from agent.appliers.ways.relays import NoRelays, Relays, is_relay
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.addresses import join_endpoint
from nimbus.wireguard.model import PeerState
from nimbus.wireguard.sessions import open_sessions

LOOK_S = 2.0
BUSY_LOOK_S = 1.0
# Of the time, at most, for looks that find nothing; and while a way is sought, on a slow machine, too.
LOOK_SHARE = 0.01
BUSY_LOOK_SHARE = 0.1
KEEPALIVE_S = 25
MOST_SOUGHT = 32
# Who was called so lately does not call back: that would never end.
CALLED_S = 20.0
WayName = Literal["lan", "outside", "relay", ""]
log = logging.getLogger("nimbus.mesh")


class Tunnel(Protocol):
    """The mesh's interface, as far as ways need it."""

    @property
    def members(self) -> Mapping[str, MeshPeer]: ...
    async def peer_states(self) -> dict[str, PeerState]: ...
    async def set_ways(self, moved: Collection[str]) -> None:
        """Tell the device of the ways as they are chosen now. Of the peers with these public keys the endpoint is
        set, too, where the same was wanted before."""

    async def probe(self, key: str, address: str, endpoints: Sequence[str]) -> None:
        """One packet through the session to each of these endpoints, then back to the present one; as soon as the
        peer is heard from one of them it is left there."""


class _Entry:
    """`endpoint` is where WireGuard is told to send; `counters` as they were at the last look."""

    __slots__ = (
        "called_at",
        "candidates",
        "counters",
        "endpoint",
        "is_relayed",
        "keepalive",
        "member",
        "way",
    )

    def __init__(self, member: MeshPeer) -> None:
        self.member = member
        self.candidates: tuple[Candidate, ...] = ()
        self.endpoint = ""
        self.keepalive = 0
        self.counters = (0, 0)
        self.called_at = float("-inf")
        self.is_relayed = False
        self.way: PeerWay | None = None


class Ways:
    """Belongs to the Trio thread. `on_seek` is called when there is somebody new in `sought`."""

    def __init__(
        self, relays: Relays | None = None, open_sessions: Callable[[Iterable[str]], None] = open_sessions
    ) -> None:
        self._relays: Relays = relays or NoRelays()
        self.on_seek: Callable[[], None] = lambda: None
        self._open_sessions = open_sessions
        # By node id, where WireGuard sends, and every how many seconds at least; of those alone that it does not
        # simply send to where they are seen.
        self.choices: dict[str, tuple[str, int]] = {}
        # Where this node is seen, and its usable addresses.
        self._own: tuple[str, tuple[OwnAddress, ...]] = ("", ())
        self._networks: tuple[Network, ...] = ()
        # Something on the way to others gives what this node sends another address.
        self._is_translated = False
        self._entries: dict[str, _Entry] = {}
        self._states: dict[str, PeerState] = {}
        self._sought: dict[str, None] = {}
        self._called: set[str] = set()
        self._look_now = trio.Event()

    # What the mesh is told.

    def use(self, own: MeshPeer | None, addresses: Sequence[OwnAddress]) -> None:
        """This node as it is now: its own row in the mesh, and its usable addresses."""
        now = (own.endpoint if own else "", tuple(addresses))
        if now == self._own:
            return
        self._own, self._networks = now, networks(addresses)
        self._is_translated = is_translated(now[0], [join_endpoint(each.address, 0) for each in addresses])
        for entry in self._entries.values():
            self._renew(entry, entry.member)

    def take_in(self, members: Iterable[MeshPeer]) -> None:
        """These are new or changed."""
        for member in members:
            entry = self._entries.get(member.node_id)
            if entry is None or entry.member.public_key != member.public_key:
                entry = self._entries[member.node_id] = _Entry(member)
            self._renew(entry, member)

    def _renew(self, entry: _Entry, member: MeshPeer) -> None:
        roamed = self._roamed(entry)
        entry.member = member
        entry.candidates = candidates_of(member, self._own[0], self._networks)
        endpoints = [candidate.endpoint for candidate in entry.candidates]
        if not is_relay(entry.endpoint) and entry.endpoint not in endpoints:
            # Where it was is not where it is now.
            entry.endpoint = roamed or (endpoints[0] if endpoints else member.endpoint)
            if not roamed:
                # What the last look has seen is of before.
                self._states.pop(member.public_key, None)
        if entry.way is not None:
            entry.way.use(entry.candidates)
        self._note_choice(entry)

    def _roamed(self, entry: _Entry) -> str:
        """Where WireGuard has followed a peer to that nobody has named, as behind a symmetric NAT; "" when it has
        not: what others see of it says nothing of that."""
        state = self._states.get(entry.member.public_key)
        if state is None or not state.endpoint or not _seen(state, 0.0, time.time()).is_alive:
            return ""
        is_named = any(state.endpoint == candidate.endpoint for candidate in entry.candidates)
        return "" if is_named or is_relay(state.endpoint) else state.endpoint

    def _note_choice(self, entry: _Entry) -> None:
        choice = (entry.endpoint, entry.keepalive)
        if choice != (entry.member.endpoint, 0):
            self.choices[entry.member.node_id] = choice
        else:
            self.choices.pop(entry.member.node_id, None)

    # What others are told.

    def take_sought(self) -> tuple[str, ...]:
        """Ids of members that are to send to this node now; each is told once."""
        taken = tuple(self._sought)[:MOST_SOUGHT]
        for node_id in taken:
            del self._sought[node_id]
        return taken

    def ask_first(self, members: Iterable[MeshPeer]) -> set[str]:
        """Have those of them send that are behind a NAT, where this node is behind none; their ids."""
        if self._is_translated:
            return set()
        asked = [each.node_id for each in members if is_translated(each.endpoint, each.more_endpoints)]
        self._sought |= dict.fromkeys(asked)
        if asked:
            self.on_seek()
        return set(asked)

    def called(self, node_ids: Iterable[str]) -> None:
        """These members try to reach this one: what this node sends opens the way for them."""
        known = {node_id for node_id in node_ids if node_id in self._entries}
        if known:
            self._called |= known
            self._look_now.set()

    def way_of(self, node_id: str, endpoint: str) -> tuple[WayName, tuple[str, ...]]:
        """By which way WireGuard reaches this member at its present endpoint, and what was tried."""
        entry = self._entries.get(node_id)
        if entry is None or not endpoint:
            return "", ()
        tried = tuple(entry.way.tried) if entry.way else ()
        if is_relay(endpoint):
            return "relay", tried
        return kind_of(endpoint, entry.candidates, self._networks), tried

    def is_guarded(self, node_id: str) -> bool:
        """Whether this member was heard only once it had been asked to send."""
        entry = self._entries.get(node_id)
        return entry is not None and entry.way is not None and entry.way.is_guarded

    @property
    def states(self) -> Mapping[str, PeerState]:
        """Of the device's peers, by public key, as of the last look."""
        return self._states

    def is_missed(self, node_id: str) -> bool:
        """Whether something is sent to this member, or was lately, and nothing has come back."""
        entry = self._entries.get(node_id)
        return entry is not None and entry.way is not None and entry.way.is_missed(trio.current_time())

    def kind_of(self, endpoint: str) -> WayName:
        """Of an endpoint of nobody in particular."""
        return kind_of(endpoint, (), self._networks)

    def counts(self) -> dict[str, int]:
        """To how many members there is a session by each way, and how many are sought, as of the last look."""
        counts: dict[str, int] = {}
        wall = time.time()
        for entry in self._entries.values():
            state = self._states.get(entry.member.public_key)
            if state is None:
                continue
            seen = _seen(state, 0.0, wall)
            if entry.way is not None and entry.way.state == "seeking":
                name: str = "sought"
            elif seen.is_alive:
                name = self.way_of(entry.member.node_id, seen.endpoint)[0]
            else:
                continue
            counts[name] = counts.get(name, 0) + 1
        return counts

    # The loop.

    async def run(self, tunnel: Tunnel) -> None:
        """Until cancelled."""
        wait, attempts = LOOK_S, Attempts(log, "the ways to other members could not be looked at")
        while True:
            with trio.move_on_after(wait):
                await self._look_now.wait()
            self._look_now = trio.Event()
            began = time.monotonic()
            is_busy = False
            with attempts:
                is_busy = await self.look(tunnel)
            wait = next_look_s(time.monotonic() - began, is_busy=is_busy)

    async def look(self, tunnel: Tunnel) -> bool:
        """At all peers, once; what has to be done is done. Whether some way is sought."""
        states = self._states = await tunnel.peer_states()
        called, self._called = self._called, set()
        for node_id in [each for each in self._entries if each not in tunnel.members]:
            self._forget(node_id)
        moved, changed = set[str](), list[_Entry]()
        now, wall = trio.current_time(), time.time()
        for node_id in self._to_look_at(states, called):
            entry = self._entries[node_id]
            seen = _seen(states[entry.member.public_key], now, wall)
            if node_id in called:
                entry.called_at = now
            before = (entry.endpoint, entry.keepalive)
            if await self._look_at(tunnel, entry, seen, is_called=node_id in called):
                moved.add(entry.member.public_key)
            if (entry.endpoint, entry.keepalive) != before:
                changed.append(entry)
        for entry in changed:
            self._note_choice(entry)
        if moved or changed:
            await tunnel.set_ways(moved)
        if self._sought:
            self.on_seek()
        return any(entry.way is not None and entry.way.is_busy for entry in self._entries.values())

    def _to_look_at(self, states: Mapping[str, PeerState], called: set[str]) -> list[str]:
        """Those of which something is new, or due."""
        found = []
        for node_id, entry in self._entries.items():
            state = states.get(entry.member.public_key)
            if state is None:
                continue
            counters = (state.rx_bytes, state.tx_bytes)
            is_at_rest = entry.way is None or (entry.way.state == "idle" and not entry.way.is_busy)
            if counters != entry.counters or not is_at_rest or node_id in called or not state.endpoint:
                entry.counters = counters
                found.append(node_id)
        return found

    async def _look_at(self, tunnel: Tunnel, entry: _Entry, seen: Seen, *, is_called: bool) -> bool:
        """Whether the device is to have another endpoint than it has."""
        member = entry.member
        way = entry.way = entry.way or PeerWay(entry.candidates)
        if is_called:
            way.called()
            self._open_sessions([member.address])
        do = way.look(seen, can_relay=self._relays.is_open)
        if do.ask and seen.at >= entry.called_at + CALLED_S:
            self._sought[member.node_id] = None
        if do.relay:
            entry.endpoint = self._relays.endpoint_for(member.address) or entry.endpoint
        elif do.endpoint or seen.is_relay:
            entry.endpoint = do.endpoint or seen.endpoint
        self._note_relay(entry)
        if do.probe:
            await tunnel.probe(member.public_key, member.address, do.probe)
        entry.keepalive = self._keepalive(entry, way, seen)
        return bool(do.relay or do.endpoint) and entry.endpoint != seen.endpoint

    def _note_relay(self, entry: _Entry) -> None:
        is_relayed = is_relay(entry.endpoint)
        if is_relayed != entry.is_relayed:
            entry.is_relayed = is_relayed
            log.info("%s is reached %s", entry.member.name, "by a relay" if is_relayed else "without a relay")
            if not is_relayed:
                self._relays.close(entry.member.address)

    def _keepalive(self, entry: _Entry, way: PeerWay, seen: Seen) -> int:
        """Only where something on the way forgets who has spoken."""
        if entry.is_relayed:
            return 0
        if not seen.is_alive:
            return entry.keepalive
        is_outside = kind_of(seen.endpoint, entry.candidates, self._networks) == "outside"
        return KEEPALIVE_S if way.is_guarded or (is_outside and self._is_translated) else 0

    def _forget(self, node_id: str) -> None:
        entry = self._entries.pop(node_id)
        self.choices.pop(node_id, None)
        self._sought.pop(node_id, None)
        self._relays.close(entry.member.address)


def next_look_s(spent: float, *, is_busy: bool) -> float:
    """After a look that took `spent` seconds; `is_busy`: some way is sought."""
    if is_busy:
        return max(BUSY_LOOK_S, spent / BUSY_LOOK_SHARE)
    return max(LOOK_S, spent / LOOK_SHARE)


def _seen(state: PeerState, now: float, wall: float) -> Seen:
    age = None if not state.last_handshake else max(0.0, wall - state.last_handshake)
    endpoint = state.endpoint or ""
    return Seen(now, endpoint, age, state.rx_bytes, state.tx_bytes, is_relay(endpoint))
