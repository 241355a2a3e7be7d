"""The door to the section `node`: for nodes that ask."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.node_section import store
from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.fleet.node_section.rules import checksum, content_for
from nimbus.fleet.nodes.records import NodeWireGuardChanged
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.events import EventBus
from nimbus.protocol.node_section import NodeSection, checksum_of

SECTION = "node"


class NodeSections:
    """Belongs to the Trio thread, but for `document`. `reach` is what is to be told now."""

    def __init__(self, database: Database, nodes: Nodes, reach: Callable[[], ControlPlaneReach]) -> None:
        self._database = database
        self._nodes = nodes
        self._reach = reach
        # Both as of the last `load`.
        self._told = reach()
        self._revision = 0
        # Of the nodes that are told something that is theirs alone, how often that was changed.
        self._changes: dict[str, int] = {}

    def subscribe(self, bus: EventBus) -> None:
        """Before who tells nodes of it."""
        bus.subscribe(NodeWireGuardChanged, self._on_changed)

    def _on_changed(self, event: NodeWireGuardChanged) -> None:
        self._changes[event.node_id] = event.changes

    async def load(self) -> None:
        """Raise the revision when something else is to be told than the last time."""
        reach = self._reach()
        wanted = checksum(reach)

        def raise_revision(tx: Transaction) -> int:
            if store.checksum(tx) != wanted:
                store.raise_revision(tx, wanted)
            return store.revision(tx)

        if await self._database.read(store.checksum) == wanted:
            self._revision = await self._database.read(store.revision)
        else:
            self._revision = await self._database.write(raise_revision)
        self._told = reach
        self._changes = await self._database.read(self._nodes.wanted_changes)

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def is_current(self) -> bool:
        """Whether nodes are told what there is to be told now."""
        return self._told == self._reach()

    def revision_of(self, node_id: str) -> int:
        """Of all, and of what is this node's alone: both only grow, so that no content has another's."""
        return self._revision + self._changes.get(node_id, 0)

    def document(self, tx: Transaction, node_id: str, _since: int = 0) -> NodeSection:
        """Raises NotFound."""
        node = self._nodes.get(tx, node_id)
        content = msgspec.json.encode(content_for(self._told, node))
        return NodeSection(self._revision + node.wanted_changes, checksum_of(content), msgspec.Raw(content))
