"""The door to the section `node`: for nodes that ask."""

from __future__ import annotations

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.node_section import store
from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.fleet.node_section.rules import checksum, content_for
from nimbus.fleet.nodes.service import Nodes
from nimbus.protocol.node_section import NodeSection, checksum_of

SECTION = "node"


class NodeSections:
    """Belongs to the Trio thread."""

    def __init__(self, database: Database, nodes: Nodes, reach: ControlPlaneReach) -> None:
        self._database = database
        self._nodes = nodes
        self._reach = reach
        self._revision = 0

    async def load(self) -> None:
        """Raise the revision when something else is to be told than the last time."""
        wanted = checksum(self._reach)

        def raise_revision(tx: Transaction) -> int:
            if store.checksum(tx) != wanted:
                store.raise_revision(tx, wanted)
            return store.revision(tx)

        if await self._database.read(store.checksum) == wanted:
            self._revision = await self._database.read(store.revision)
        else:
            self._revision = await self._database.write(raise_revision)

    def revision_of(self, _node_id: str) -> int:
        return self._revision

    def document(self, tx: Transaction, node_id: str) -> NodeSection:
        """Raises NotFound."""
        node = self._nodes.get(tx, node_id)
        content = msgspec.json.encode(content_for(self._reach, node.auth, in_mesh=bool(node.overlay_ip)))
        return NodeSection(self._revision, checksum_of(content), msgspec.Raw(content))
