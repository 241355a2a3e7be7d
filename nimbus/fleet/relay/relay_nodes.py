"""Nodes that relay, by their label, and which of them each node is told. Belongs to the Trio thread.

label relay=true -> told with heartbeats to the nodes that it may talk to, and to itself -> label away: not told
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from nimbus.db import Database
from nimbus.fleet.mesh.places import Places
from nimbus.fleet.mesh.records import MeshPublished
from nimbus.fleet.nodes.records import NodeRelabelled
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts

LABEL = "relay=true"
MOST_TOLD = 8
# Also when nothing was heard here: another control plane may have changed a label.
RELOAD_S = 60.0
log = logging.getLogger("nimbus.relay")


class RelayNodes:
    """`is_present` tells of a node whether it is there now: others are not told one that is away."""

    def __init__(
        self, database: Database, nodes: Nodes, places: Places, is_present: Callable[[str], bool]
    ) -> None:
        self._database = database
        self._nodes = nodes
        self._places = places
        self._is_present = is_present
        # Node id to overlay address.
        self._relays: dict[str, str] = {}
        self._news = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeRelabelled, self._news.signal)
        bus.subscribe(MeshPublished, self._news.signal)

    async def load(self) -> None:
        self._relays = await self._database.read(lambda tx: self._nodes.overlay_addresses_of(tx, LABEL))

    async def run(self) -> None:
        """Follow labels, until cancelled."""
        attempts = Attempts(log, "the nodes that relay could not be looked up")
        while True:
            await self._news.wait(RELOAD_S)
            with attempts:
                await self.load()
            if attempts.failed:
                await trio.sleep(1)
                self._news.signal()

    def told_to(self, node_id: str) -> tuple[str, ...]:
        """Overlay addresses of the nodes that relay for this one; its own among them when it relays."""
        if not self._relays:
            return ()
        own = self._places.address_of(node_id)
        told = [
            address
            for relay_id, address in self._relays.items()
            if relay_id == node_id or (self._is_present(relay_id) and self._places.may_talk(own, address))
        ]
        return tuple(told[:MOST_TOLD])
