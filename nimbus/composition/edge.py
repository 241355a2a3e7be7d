"""Joins the edge: which nodes serve, what each is told and says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import trio

from nimbus.composition.fleet import Fleet
from nimbus.composition.foundation import Foundation
from nimbus.composition.places import Occupants
from nimbus.db import Transaction
from nimbus.edge.deployments import routes as deployment_routes
from nimbus.edge.deployments.plans import Planner
from nimbus.edge.deployments.service import KIND, Deployments
from nimbus.edge.deployments.settlement import Settlement
from nimbus.edge.deployments.steps import Steps
from nimbus.edge.edges import routes as edge_routes
from nimbus.edge.edges.reports import EdgeReports
from nimbus.edge.edges.service import Edges
from nimbus.edge.objects.neighbours import Neighbours
from nimbus.edge.sections.certificates import CertificateDoor, NoCertificates
from nimbus.edge.sections.challenges import Challenges
from nimbus.edge.sections.draining import DrainKeeper
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.nodes.records import NodeBrief
from nimbus.kernel.routing import Route
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.edge import CertificateFiles, EdgeCertificate


class EdgeWing:
    def __init__(self, foundation: Foundation, organizations: Organizations, fleet: Fleet) -> None:
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        self._fleet, self._database = fleet, database
        self.sections = EdgeSections(database, clock)
        self.sections.subscribe(foundation.bus)
        self.challenges = Challenges(database, self._applied)
        self.challenges.subscribe(foundation.bus)
        self.edges = Edges(database, clock, audit, organizations, fleet.nodes, fleet.tasks, self.sections)
        self.certificates: CertificateDoor = NoCertificates()
        self.reports = EdgeReports(clock, audit, fleet.nodes, self.sections)
        self._draining = DrainKeeper(database, clock, self.sections, self._briefly)
        self._draining.subscribe(foundation.bus)
        self._join_deployments(foundation, organizations)
        fleet.remove_with_node += [self.edges.remove_node, self.sections.remove_node]

    def know_objects(self, neighbours: Neighbours) -> None:
        """Of what edges serve; whoever deletes it asks here."""
        neighbours.add(uses=self.deployments.uses, forget=self.deployments.forget)

    def _join_deployments(self, foundation: Foundation, organizations: Organizations) -> None:
        database, clock, fleet = foundation.database, foundation.clock, self._fleet
        door = _LaterDoor(self)
        steps = Steps(clock, self.edges, self.sections, door)
        self.deployments = Deployments(
            database,
            clock,
            foundation.audit,
            organizations,
            fleet.nodes,
            fleet.operations,
            fleet.tasks,
            self.edges,
            self.sections,
            Planner(fleet.nodes, self.edges, self.sections, door),
            steps,
        )
        self._settlement = Settlement(database, clock, fleet.operations, fleet.tasks, self.edges, steps)
        self._settlement.subscribe(foundation.bus)
        self.edges.forget_edge.append(steps.forget_edge)
        fleet.step_begins[KIND] = steps.begin
        fleet.result_handlers[KIND] = steps.judge

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
        nursery.start_soon(self._settlement.run)

    async def remove_expired(self) -> None:
        await self._database.write(self._forget_texts)

    def _forget_texts(self, tx: Transaction) -> None:
        """What an open deployment is to have served may be named by no section yet."""
        if not self.deployments.has_open(tx):
            self.sections.forget_texts(tx)

    def occupants(self) -> Occupants:
        return Occupants(before_deletion=(self.deployments.forget_workspace,))

    def routes(self) -> list[Route]:
        return [*edge_routes.routes(self.edges), *deployment_routes.routes(self.deployments)]


class _LaterDoor:
    """To the certificates that the wing has when it is asked: they need its sections, and come later."""

    def __init__(self, wing: EdgeWing) -> None:
        self._wing = wing

    def certificate(self, tx: Transaction, workspace_id: str, certificate_id: str) -> EdgeCertificate | None:
        return self._wing.certificates.certificate(tx, workspace_id, certificate_id)

    def files(self, tx: Transaction, certificate_id: str, version: int) -> CertificateFiles:
        return self._wing.certificates.files(tx, certificate_id, version)
