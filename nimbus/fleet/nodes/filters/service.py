"""The door to what nodes can be filtered by."""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes.filters import store
from nimbus.fleet.nodes.filters.records import LabelCount, NodeFilters, SystemCount, VersionCount
from nimbus.fleet.nodes.rules import is_outdated
from nimbus.kernel.access import Actor, Permission
from nimbus.people.organizations.service import Organizations

MOST = 500


class Filters:
    def __init__(self, database: Database, organizations: Organizations) -> None:
        self._database = database
        self._organizations = organizations

    async def show(self, actor: Actor, workspace: str = "") -> NodeFilters:
        """Of the nodes that the actor may read, in the workspace that is named."""
        actor.require(Permission.AGENT_READ)

        def read(tx: Transaction) -> NodeFilters:
            within = self._organizations.reached(tx, actor, Permission.AGENT_READ, workspace)
            versions = _most_first(store.counts(tx, within, "version"))
            systems = _most_first(store.counts(tx, within, "os"))
            labels = _most_first(store.label_counts(tx, within))
            return NodeFilters(
                tuple(VersionCount(version, nodes, is_outdated(version)) for version, nodes in versions),
                tuple(SystemCount(os, nodes) for os, nodes in systems),
                tuple(LabelCount(label, nodes) for label, nodes in labels),
            )

        return await self._database.read(read)


def _most_first(counts: store.Counts) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST]
