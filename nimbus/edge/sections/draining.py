"""Nodes that are servers of upstreams get no requests while they are offline or in maintenance.

A node that comes and goes must not have a hundred edges reload each time: what it is has to last for a while first,
and coming back takes longer than going."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

from nimbus.db import Database, Transaction
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.nodes.records import NodeBrief, NodeState, NodeStateChanged
from nimbus.kernel.changes import ChangesStored, ResourceChanged
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts

# A node is Offline after three heartbeats that did not come; what follows is beside that.
MAINTENANCE_S = 2.0
OFFLINE_S = 10.0
BACK_S = 15.0
# Where nothing wakes it.
LOOK_S = 10.0
_WAITING_S = 1.0
log = logging.getLogger("nimbus.edge")
Briefly = Callable[[Transaction, Sequence[str]], Sequence[NodeBrief]]


class Patience:
    """Which nodes are to be drained, and which are not any more: what is otherwise than it stands has to last. Pure
    but for what it remembers; `now` is in seconds of a clock that is never set."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[str, float]] = {}

    @property
    def is_waiting(self) -> bool:
        return bool(self._since)

    def due(self, now: float, states: Mapping[str, NodeState], drained: Collection[str]) -> dict[str, bool]:
        """Node to whether it is drained from now on, of those that change."""
        due: dict[str, bool] = {}
        seen: dict[str, tuple[str, float]] = {}
        for node_id, state in states.items():
            wanted = _reason(state)
            if bool(wanted) == (node_id in drained):
                continue
            before = self._since.get(node_id)
            since = before[1] if before and before[0] == wanted else now
            if now - since >= _PATIENCE_S[wanted]:
                due[node_id] = bool(wanted)
            else:
                seen[node_id] = wanted, since
        self._since = seen
        return due


_PATIENCE_S = {"maintenance": MAINTENANCE_S, "offline": OFFLINE_S, "": BACK_S}


def _reason(state: NodeState) -> str:
    """Why a node in this state is drained; "" when it is not."""
    if state is NodeState.MAINTENANCE:
        return "maintenance"
    return "offline" if state in (NodeState.OFFLINE, NodeState.PENDING) else ""


class DrainKeeper:
    """One for all control planes. Belongs to the Trio thread."""

    def __init__(self, database: Database, clock: Clock, sections: EdgeSections, briefly: Briefly) -> None:
        self._database, self._clock = database, clock
        self._sections, self._briefly = sections, briefly
        self._patience = Patience()
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeStateChanged, self._wakeup.signal)
        bus.subscribe(ChangesStored, self._wakeup.signal)
        bus.subscribe(ResourceChanged, self._on_changed)

    def _on_changed(self, event: ResourceChanged) -> None:
        if event.resource_kind == "node":
            self._wakeup.signal()

    def _look(self, tx: Transaction) -> tuple[dict[str, NodeState], set[str]]:
        targets = sorted(self._sections.server_nodes(tx))
        states = {one.id: one.state for one in self._briefly(tx, targets)} if targets else {}
        return states, self._sections.drained(tx)

    async def converge(self) -> None:
        states, drained = await self._database.read(self._look)
        for node_id, is_drained in self._patience.due(self._clock.monotonic(), states, drained).items():

            def drain(tx: Transaction, node_id: str = node_id, is_drained: bool = is_drained) -> list[str]:
                return self._sections.drain(tx, node_id, drained=is_drained)

            edges = await self._database.write(drain)
            what = "gets no requests" if is_drained else "gets requests again"
            log.info("node %s %s from %d edges", node_id, what, len(edges))

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "servers of upstreams could not be drained")
        while True:
            with attempts:
                await self.converge()
            await self._wakeup.wait(_WAITING_S if self._patience.is_waiting else LOOK_S)
