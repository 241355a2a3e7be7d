"""How large packets may be on the ways to single members, where that is less than the interface takes.

What is known of the control plane's way (`tunnel_mtu`) says nothing of others: a router between two nodes may carry
less, and say nothing. A member with traffic is asked as the control plane is, through its tunnel; where larger
packets are lost it gets a route of its own with that MTU. Nobody without traffic is asked: that would open a
session.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import trio

from agent.appliers.mtu_probe import largest_that_passes
from agent.appliers.ways.relays import is_relay
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.model import PeerState

LOOK_S = 5.0
AGAIN_S = 600.0
# Of what was sent since the way is this one: handshakes and keepalives alone are less in `AGAIN_S`.
LEAST_SENT = 4096
MOST_AT_ONCE = 8
log = logging.getLogger("nimbus.mesh")


class Tunnel(Protocol):
    """The mesh's interface, as far as this needs it."""

    @property
    def members(self) -> Mapping[str, MeshPeer]: ...
    @property
    def interface_mtu(self) -> int: ...
    async def peer_states(self) -> dict[str, PeerState]: ...
    async def verify(self) -> None: ...


class _Way:
    """To one member, as long as WireGuard sends to `endpoint`. `mtu` 0: not less than the interface's."""

    __slots__ = ("address", "due", "endpoint", "mtu", "sent")

    def __init__(self, address: str, endpoint: str, sent: int) -> None:
        self.address, self.endpoint, self.sent = address, endpoint, sent
        self.mtu = 0
        self.due = float("-inf")


class PeerMtus:
    """Belongs to the Trio thread. `probe` asks an overlay address with packets of up to so many bytes."""

    def __init__(self, probe: Callable[[str, int], Awaitable[int | None]] = largest_that_passes) -> None:
        self._probe = probe
        self._ways: dict[str, _Way] = {}

    def of(self, node_id: str) -> int:
        """0 where nothing less than the interface's was found."""
        way = self._ways.get(node_id)
        return way.mtu if way else 0

    @property
    def routes(self) -> dict[str, int]:
        """By network, in CIDR: routes that have an MTU of their own."""
        return {f"{way.address}/32": way.mtu for way in self._ways.values() if way.mtu}

    async def run(self, tunnel: Tunnel) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "the MTU of the ways to other members could not be set")
        while True:
            await trio.sleep(LOOK_S)
            with attempts:
                await self.look(tunnel)

    async def look(self, tunnel: Tunnel) -> None:
        """At all members, once: measures those that are due, and has the device changed where it must be."""
        before = self.routes
        due = self._due(tunnel.members, await tunnel.peer_states())
        if self.routes != before:
            # A way has ended: what was known of it holds no more.
            await tunnel.verify()
            before = self.routes
        for first in range(0, len(due), MOST_AT_ONCE):
            async with trio.open_nursery() as nursery:
                for way in due[first : first + MOST_AT_ONCE]:
                    nursery.start_soon(self._measure, way, tunnel.interface_mtu)
        if self.routes != before:
            await tunnel.verify()

    def _due(self, members: Mapping[str, MeshPeer], states: Mapping[str, PeerState]) -> list[_Way]:
        now, due = trio.current_time(), []
        for gone in self._ways.keys() - members.keys():
            del self._ways[gone]
        for node_id, member in members.items():
            state = states.get(member.public_key)
            endpoint = (state.endpoint or "") if state else ""
            if state is None or not endpoint or is_relay(endpoint) or not state.last_handshake:
                self._ways.pop(node_id, None)
                continue
            way = self._ways.get(node_id)
            if way is None or way.endpoint != endpoint or state.tx_bytes < way.sent:
                way = self._ways[node_id] = _Way(member.address, endpoint, state.tx_bytes)
            elif now >= way.due and state.tx_bytes >= way.sent + LEAST_SENT:
                way.sent, way.due = state.tx_bytes, now + AGAIN_S
                due.append(way)
        return due

    async def _measure(self, way: _Way, most: int) -> None:
        passes = await self._probe(way.address, most)
        if passes is not None and passes < most:
            # Packets are lost by chance, too.
            passes = max(passes, await self._probe(way.address, most) or 0)
        if passes is None:
            return
        mtu = passes if passes < most else 0
        if mtu and mtu != way.mtu:
            log.warning("packets of more than %d bytes to %s are lost on the way", mtu, way.address)
        way.mtu = mtu
