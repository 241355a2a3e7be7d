"""Joins the edge: which nodes serve, what each is told and says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import trio

from nimbus.composition.fleet import Fleet
from nimbus.composition.foundation import Foundation
from nimbus.db import Transaction
from nimbus.edge.edges import routes as edge_routes
from nimbus.edge.edges.reports import EdgeReports
from nimbus.edge.edges.service import Edges
from nimbus.edge.sections.certificates import CertificateDoor, NoCertificates
from nimbus.edge.sections.challenges import Challenges
from nimbus.edge.sections.draining import DrainKeeper
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.nodes.records import NodeBrief
from nimbus.kernel.routing import Route
from nimbus.people.organizations.service import Organizations


class EdgeWing:
    def __init__(self, foundation: Foundation, organizations: Organizations, fleet: Fleet) -> None:
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        self._fleet = fleet
        self.sections = EdgeSections(database, clock)
        self.sections.subscribe(foundation.bus)
        self.challenges = Challenges(database, self._applied)
        self.challenges.subscribe(foundation.bus)
        self.edges = Edges(database, clock, audit, organizations, fleet.nodes, fleet.tasks, self.sections)
        self.certificates: CertificateDoor = NoCertificates()
        self.reports = EdgeReports(clock, audit, fleet.nodes, self.sections)
        self._draining = DrainKeeper(database, clock, self.sections, self._briefly)
        self._draining.subscribe(foundation.bus)
        fleet.remove_with_node += [self.edges.remove_node, self.sections.remove_node]

    def _applied(self, tx: Transaction, node_ids: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        reports = self._fleet.nodes.last_reports(tx, node_ids)
        return {node_id: report.applied for node_id, (_, report) in reports.items()}

    def _briefly(self, tx: Transaction, node_ids: Sequence[str]) -> Sequence[NodeBrief]:
        return self._fleet.nodes.briefly(tx, node_ids, None)

    async def load(self) -> None:
        await self.sections.load()
        await self.challenges.load()

    def lead(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._draining.run)

    def routes(self) -> list[Route]:
        return edge_routes.routes(self.edges)
