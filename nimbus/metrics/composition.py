"""The parts of metrics, joined."""

from __future__ import annotations

import trio

from nimbus.clock import Clock
from nimbus.db import Database
from nimbus.events import EventBus
from nimbus.metrics import routes
from nimbus.metrics.history import History
from nimbus.metrics.overview import IsPresent, Overview
from nimbus.metrics.rollup import RollUp
from nimbus.metrics.service import Metrics
from nimbus.nodes.records import NodeRevoked
from nimbus.nodes.service import Nodes
from nimbus.organizations.service import Organizations
from nimbus.routing import Route
from nimbus.tasks.service import Tasks


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
