"""The door to the section `node`: for nodes that ask."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.node_section import store
from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.fleet.node_section.rules import checksum, content_for
from nimbus.fleet.nodes.service import Nodes
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

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def is_current(self) -> bool:
        """Whether nodes are told what there is to be told now."""
        return self._told == self._reach()

    def revision_of(self, _node_id: str) -> int:
        return self._revision

    def document(self, tx: Transaction, node_id: str) -> NodeSection:
        """Raises NotFound."""
        node = self._nodes.get(tx, node_id)
        content = msgspec.json.encode(content_for(self._told, node.auth, in_mesh=bool(node.overlay_ip)))
        return NodeSection(self._revision, checksum_of(content), msgspec.Raw(content))
