"""Joins access logs: what comes in from agents, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import trio

from nimbus.composition.foundation import Foundation
from nimbus.db import Transaction
from nimbus.edge.access_logs import routes as access_log_routes
from nimbus.edge.access_logs.arrivals import Arrivals
from nimbus.edge.access_logs.intake import GIB, Intake, Retention
from nimbus.edge.access_logs.service import AccessLogs
from nimbus.edge.objects.service import EdgeObjects
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.routing import Route
from nimbus.people.organizations.service import Organizations
from nimbus.settings.configuration import ControlPlaneConfig


class ServedByNodes:
    """What sections say."""

    def __init__(self, nodes: Nodes, sections: EdgeSections) -> None:
        self._nodes, self._sections = nodes, sections

    def served_by(self, tx: Transaction, node_id: str) -> tuple[str, Mapping[str, str]]:
        node = self._nodes.get(tx, node_id)
        return node.workspace_id, self._sections.virtual_hosts_of(tx, node_id)


class AccessLogParts:
    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        nodes: Nodes,
        sections: EdgeSections,
        virtual_hosts: EdgeObjects,
        config: ControlPlaneConfig,
        folder: Path,
    ) -> None:
        self.arrivals = Arrivals()
        database, clock = foundation.database, foundation.clock
        served = ServedByNodes(nodes, sections)
        self.intake = Intake(folder, database, clock, served, self.arrivals.tell, _retention(config))
        self.service = AccessLogs(folder, database, clock, organizations, nodes, virtual_hosts, self.arrivals)

    def routes(self) -> list[Route]:
        return access_log_routes.routes(self.service)

    def take(self, config: ControlPlaneConfig) -> None:
        """What may change while it runs."""
        self.intake.retention = _retention(config)

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.intake.keep)


def _retention(config: ControlPlaneConfig) -> Retention:
    return Retention(config.access_log_retention_days, int(config.access_log_quota_gib * GIB))
