"""The waiting room: which nodes no operator has approved yet, in memory, and every request decided at once."""

from __future__ import annotations

from nimbus.db import Database
from nimbus.fleet.nodes import store
from nimbus.fleet.nodes.records import NodeApproved, NodeHeld, NodeRevoked
from nimbus.kernel.events import EventBus


class WaitingRoom:
    """`nodes` are their ids: one set for its whole life, so that whoever asks at each request holds it. Belongs to
    the Trio thread; follows committed transactions."""

    def __init__(self) -> None:
        self.nodes: set[str] = set()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeHeld, self._on_held)
        bus.subscribe(NodeApproved, self._on_gone)
        bus.subscribe(NodeRevoked, self._on_gone)

    async def load(self, database: Database) -> None:
        self.nodes.update(await database.read(store.waiting))

    def _on_held(self, event: NodeHeld) -> None:
        self.nodes.add(event.node_id)

    def _on_gone(self, event: NodeApproved | NodeRevoked) -> None:
        self.nodes.discard(event.node_id)
