"""The parts of metrics, joined."""

from __future__ import annotations

import trio

from nimbus.db import Database
from nimbus.fleet.metrics import routes
from nimbus.fleet.metrics.history import History
from nimbus.fleet.metrics.overview import IsPresent, Overview
from nimbus.fleet.metrics.rollup import RollUp
from nimbus.fleet.metrics.service import Metrics
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Route
from nimbus.people.organizations.service import Organizations


class MetricServices:
    """`history.take` is what heartbeats are given to."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        organizations: Organizations,
        nodes: Nodes,
        tasks: Tasks,
        is_present: IsPresent,
    ) -> None:
        self.history = History(database, clock, nodes.workspaces_of)
        self.roll_up = RollUp(database, clock, self.history, nodes.workspaces_of)
        self.metrics = Metrics(database, clock, organizations, nodes, self.history)
        self.overview = Overview(database, clock, organizations, nodes, tasks, self.history, is_present)
        nodes.with_node.append(self.history.remove_node)

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeRevoked, self.history.forget)

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.history.run)
        nursery.start_soon(self.roll_up.run)

    def routes(self) -> list[Route]:
        return routes.routes(self.metrics, self.overview)
