"""The loop that measures, and what it has measured until a heartbeat takes it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec
import trio

from agent.measuring.turns import TURN_S, Turns, kind_of
from agent.operations.echo import Counted, counted
from nimbus.protocol import link_columns
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import (
    MEASURED_WAYS_LIMIT,
    MEASURED_WHOLE_LIMIT,
    Link,
    MeshMembership,
    MeshPeer,
    MeshProbeResult,
)
from nimbus.wireguard.model import PeerState

CONTROL_PLANE = "control-plane"
ECHOES, WAIT_S = 2, 1.0
log = logging.getLogger("nimbus.mesh")


class _Ways(Protocol):
    @property
    def states(self) -> Mapping[str, PeerState]:
        """Of the device's peers, by public key, as of a few seconds ago."""

    def is_missed(self, node_id: str) -> bool: ...
    def is_guarded(self, node_id: str) -> bool: ...


class _Mtus(Protocol):
    def of(self, node_id: str, /) -> int: ...


class MeasuredMesh(Protocol):
    """The mesh as far as it is measured."""

    @property
    def membership(self) -> MeshMembership: ...
    @property
    def members(self) -> Mapping[str, MeshPeer]: ...
    @property
    def ways(self) -> _Ways: ...
    @property
    def peer_mtus(self) -> _Mtus: ...
    def way_of(self, node_id: str, endpoint: str) -> tuple[str, tuple[str, ...]]: ...
    def relay_of(self, address: str) -> str: ...
    def mute(self) -> Collection[str]:
        """Overlay addresses of those whose answers the policy does not let through."""


class _Peer(NamedTuple):
    node_id: str
    name: str
    public_key: str
    address: str


class Measurer:
    """Belongs to the Trio thread. `is_connected`: what is measured can be told."""

    def __init__(
        self,
        mesh: MeasuredMesh,
        own_id: str,
        is_connected: Callable[[], bool],
        echo: Callable[..., Awaitable[dict[str, Counted]]] = counted,
    ) -> None:
        self._mesh = mesh
        self._own_id = own_id
        self._is_connected = is_connected
        self._echo = echo
        self._turns = Turns()
        # By node id: its address, what was measured, and when by Trio's clock; the oldest first.
        self._measured: dict[str, tuple[str, Link, float]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "the ways of the mesh could not be measured")
        while True:
            await trio.sleep(TURN_S * random.uniform(0.8, 1.2))  # noqa: S311
            if self._is_connected():
                with attempts:
                    await self.turn()

    async def turn(self) -> None:
        """Measure those whose turn it is. Raises OSError where echo requests cannot be sent."""
        peers = self._peers()
        states, wall, mute = self._mesh.ways.states, time.time(), self._mesh.mute()
        active: list[_Peer] = []
        later: list[str] = []
        for node_id in self._turns.take(peers):
            peer = peers[node_id]
            state = states.get(peer.public_key)
            age = _session_age(state, wall)
            is_hub = node_id == CONTROL_PLANE
            kind = kind_of(age, is_missed=not is_hub and self._mesh.ways.is_missed(node_id))
            if kind == "active" and peer.address not in mute:
                active.append(peer)
            elif kind == "later":
                later.append(node_id)
            else:
                # The way to the control plane is always wanted.
                self._note(peer, state, age, None, idle=kind == "idle" and not is_hub)
        self._turns.put_back(later)
        if active:
            answers = await self._echo([peer.address for peer in active], count=ECHOES, wait_s=WAIT_S)
            for peer in active:
                state = states.get(peer.public_key)
                self._note(peer, state, _session_age(state, wall), answers[peer.address])

    def _peers(self) -> dict[str, _Peer]:
        place = self._mesh.membership
        hub = _Peer(CONTROL_PLANE, CONTROL_PLANE, place.peer_key, place.control_plane_address)
        others = {
            peer.node_id: _Peer(peer.node_id, peer.name, peer.public_key, peer.address)
            for peer in self._mesh.members.values()
            if peer.node_id != self._own_id
        }
        return {CONTROL_PLANE: hub, **others}

    def _note(
        self,
        peer: _Peer,
        state: PeerState | None,
        age: float | None,
        answer: Counted | None,
        *,
        idle: bool = False,
    ) -> None:
        endpoint = (state.endpoint or "") if state else ""
        way, tried = self._mesh.way_of(peer.node_id, endpoint)
        link = Link(
            peer=peer.node_id,
            name=peer.name,
            handshake_age_s=age,
            rtt_ms=answer.shortest_ms if answer else None,
            rx_bytes=state.rx_bytes if state else 0,
            tx_bytes=state.tx_bytes if state else 0,
            endpoint=self._mesh.relay_of(peer.address) if way == "relay" else endpoint,
            way=way,
            tried=() if idle else tried,
            asked_first=self._mesh.ways.is_guarded(peer.node_id),
            mtu=self._mesh.peer_mtus.of(peer.node_id),
            idle=idle,
            sent=answer.sent if answer else 0,
            lost=answer.lost if answer else 0,
        )
        self._measured.pop(peer.node_id, None)
        self._measured[peer.node_id] = (peer.address, link, trio.current_time())
        while len(self._measured) > MEASURED_WAYS_LIMIT:
            del self._measured[next(iter(self._measured))]

    def take(self) -> MeshProbeResult | None:
        """What was measured since the last call; None: nothing."""
        measured, self._measured = list(self._measured.values()), {}
        if not measured:
            return None
        now = trio.current_time()
        links = [
            (address, msgspec.structs.replace(link, ago_s=round(now - at))) for address, link, at in measured
        ]
        return _result_of(links)


def _result_of(links: Sequence[tuple[str, Link]]) -> MeshProbeResult:
    tried = [link for _, link in links if link.tried and link.rtt_ms is None][:MEASURED_WHOLE_LIMIT]
    whole = {link.peer for link in tried}
    packed = link_columns.pack(
        (link_columns.address_number(address), link) for address, link in links if link.peer not in whole
    )
    return MeshProbeResult(tuple(tried), packed)


def _session_age(state: PeerState | None, wall: float) -> float | None:
    if state is None or not state.last_handshake:
        return None
    return max(0.0, wall - state.last_handshake)
