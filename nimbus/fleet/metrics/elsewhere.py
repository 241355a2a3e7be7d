"""Samples of nodes that speak to another control plane on this database: out of what that one writes of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from nimbus.db import Database, Transaction
from nimbus.fleet.metrics.history import History
from nimbus.fleet.nodes.records import NodeReport, NodesHeardElsewhere, NodeState
from nimbus.kernel.clock import to_seconds
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts

AT_ONCE = 500
LOOK_AGAIN_S = 60.0
Reports = Callable[[Transaction, Sequence[str]], Mapping[str, tuple[int | None, NodeReport]]]
"""Node id to when it was heard of last, and what it said."""
log = logging.getLogger("nimbus.metrics")


class SamplesElsewhere:
    """Belongs to the Trio thread."""

    def __init__(self, database: Database, history: History, reports: Reports) -> None:
        self._database = database
        self._history = history
        self._reports = reports
        self._waiting: dict[str, None] = {}
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodesHeardElsewhere, self._on_heard)

    def _on_heard(self, event: NodesHeardElsewhere) -> None:
        self._waiting |= {
            seen.node_id: None for seen in event.nodes if seen.heard and seen.state is not NodeState.PENDING
        }
        self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "what nodes said elsewhere could not be read")
        while True:
            await self._wakeup.wait(LOOK_AGAIN_S)
            with attempts:
                await self.read_reports()

    async def read_reports(self) -> None:
        """What cannot be read now is read the next time."""
        waiting, self._waiting = list(self._waiting), {}
        for first in range(0, len(waiting), AT_ONCE):
            some = waiting[first : first + AT_ONCE]
            try:
                reports = await self._database.read(lambda tx, some=some: self._reports(tx, some))  # type: ignore[misc]
            except BaseException:
                self._waiting |= dict.fromkeys(waiting[first:])
                raise
            for node_id, (seen_at, report) in reports.items():
                if seen_at is not None:
                    self._history.add_elsewhere(node_id, to_seconds(seen_at), report.metrics)
