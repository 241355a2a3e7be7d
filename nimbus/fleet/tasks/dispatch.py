"""Which node has something to fetch, in memory: an idle poll costs no look into the database.

The index mirrors the open tasks. It is loaded once, then follows the events of committed transactions, which
arrive in the order of the commits.
"""

from __future__ import annotations

import heapq
import logging
from collections import defaultdict

import trio

from nimbus.db import Database
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.records import (
    TaskCancelRequested,
    TaskClosed,
    TaskLeased,
    TaskReady,
    TaskState,
    WorkWaiting,
)
from nimbus.fleet.tasks.rules import BACKOFF_LIMIT_S
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import EventBus, Wakeup

LEASE_S = 30.0
# The answer that told a node to cancel may have been lost: it is told again after so long.
CANCEL_AGAIN_S = 10.0
# So many at a time: they are parameters of one statement.
MAX_OVERDUE = 500
log = logging.getLogger("nimbus.tasks")


class Dispatch:
    """Belongs to the Trio thread. `WorkWaiting` on the bus says that a node has something to fetch."""

    def __init__(self, database: Database, clock: Clock, delivery: Delivery, bus: EventBus) -> None:
        self._database = database
        self._clock = clock
        self._delivery = delivery
        self._bus = bus
        # Node id to task id to when it falls due by the wall clock, as stored.
        self._ready: dict[str, dict[str, int]] = defaultdict(dict)
        # Of the monotonic clock: when a task was last named, when it falls due.
        self._running: dict[str, dict[str, float]] = defaultdict(dict)
        self._later: list[tuple[float, str, str, int]] = []
        self._cancelling: dict[str, set[str]] = defaultdict(set)
        self._told: dict[str, dict[str, float]] = defaultdict(dict)
        self._timer = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(TaskReady, self._on_ready)
        bus.subscribe(TaskLeased, self._on_leased)
        bus.subscribe(TaskClosed, self._on_closed)
        bus.subscribe(TaskCancelRequested, self._on_cancel)

    async def load(self) -> None:
        """A start counts as a renewal of every lease."""
        for task in await self._database.read(store.open_tasks):
            if task.state is TaskState.RUNNING:
                self._running[task.node_id][task.id] = self._clock.monotonic()
                if task.cancel_requested_at is not None:
                    self._cancelling[task.node_id].add(task.id)
            elif task.waiting_for == 0:
                self._on_ready(TaskReady(task.id, task.node_id, task.due_at))

    def has_work(self, node_id: str, held: frozenset[str], capacity: int) -> bool:
        """Whether a poll of the node would get anything."""
        if capacity > 0 and self._ready.get(node_id):
            return True
        running = self._running.get(node_id)
        if (running and (running.keys() - held)) or self._cancelling.get(node_id):
            return True
        told = self._told.get(node_id)
        before = self._clock.monotonic() - CANCEL_AGAIN_S
        return bool(told and any(task_id in held and at < before for task_id, at in told.items()))

    def confirm(self, node_id: str, held: frozenset[str]) -> None:
        """The node names the tasks that it has: their leases start anew."""
        running = self._running.get(node_id)
        if running:
            now = self._clock.monotonic()
            for task_id in held & running.keys():
                running[task_id] = now

    def due(self, node_id: str) -> frozenset[str]:
        """What is due now, for `nothing_left` after a lease."""
        return frozenset(self._ready.get(node_id, ()))

    def overdue(self, node_id: str) -> tuple[str, ...]:
        """What is due now although the wall clock, which was set back, says that it is not: for the lease."""
        now = self._clock.now()
        due = self._ready.get(node_id, {})
        return tuple(task_id for task_id, due_at in due.items() if due_at > now)[:MAX_OVERDUE]

    def nothing_left(self, node_id: str, seen: frozenset[str]) -> None:
        """A lease took all of `seen`, which was due when it was asked for; what fell due since then stays."""
        ready = self._ready.get(node_id)
        if ready is not None:
            for task_id in seen:
                ready.pop(task_id, None)
            if not ready:
                del self._ready[node_id]

    def told_to_cancel(self, node_id: str) -> None:
        """The node's cancellations are on their way; while it still names the tasks, it is told again later."""
        now = self._clock.monotonic()
        running = self._running.get(node_id, {})
        asked = self._cancelling.pop(node_id, set()) | self._told.get(node_id, {}).keys()
        self._told[node_id] = {task_id: now for task_id in asked if task_id in running}

    def _on_ready(self, event: TaskReady) -> None:
        self._drop(event.node_id, event.task_id)
        wait = min(BACKOFF_LIMIT_S, to_seconds(event.due_at - self._clock.now()))
        if wait <= 0:
            self._ready[event.node_id][event.task_id] = event.due_at
            self._bus.publish(WorkWaiting(event.node_id))
        else:
            due = self._clock.monotonic() + wait
            heapq.heappush(self._later, (due, event.node_id, event.task_id, event.due_at))
            self._timer.signal()

    def _on_leased(self, event: TaskLeased) -> None:
        self._drop(event.node_id, event.task_id)
        self._running[event.node_id][event.task_id] = self._clock.monotonic()

    def _on_closed(self, event: TaskClosed) -> None:
        self._drop(event.node_id, event.task_id)

    def _on_cancel(self, event: TaskCancelRequested) -> None:
        self._cancelling[event.node_id].add(event.task_id)
        self._bus.publish(WorkWaiting(event.node_id))

    def _drop(self, node_id: str, task_id: str) -> None:
        for index in (self._ready, self._running, self._cancelling, self._told):
            tasks = index.get(node_id)
            if tasks is None:
                continue
            if isinstance(tasks, dict):
                tasks.pop(task_id, None)
            else:
                tasks.discard(task_id)
            if not tasks:
                del index[node_id]

    async def run(self) -> None:
        """Wake nodes whose delayed tasks fall due, and end the leases of silent nodes; until cancelled."""
        while True:
            await self._timer.wait(self._until_next())
            self._wake_due()
            try:
                await self._expire_leases()
            except Exception:
                log.exception("leases could not be ended; trying again")

    def _until_next(self) -> float:
        if not self._later:
            return LEASE_S / 6
        return min(LEASE_S / 6, max(0.0, self._later[0][0] - self._clock.monotonic()))

    def _wake_due(self) -> None:
        now = self._clock.monotonic()
        while self._later and self._later[0][0] <= now:
            _due, node_id, task_id, due_at = heapq.heappop(self._later)
            # A task that was cancelled meanwhile makes one poll in vain; the lease decides, not this index.
            self._ready[node_id][task_id] = due_at
            self._bus.publish(WorkWaiting(node_id))

    async def _expire_leases(self) -> None:
        limit = self._clock.monotonic() - LEASE_S
        silent = [
            task_id
            for tasks in self._running.values()
            for task_id, confirmed_at in tasks.items()
            if confirmed_at < limit
        ]
        for task_id in silent:
            await self._database.write(lambda tx, task_id=task_id: self._delivery.expire(tx, task_id))  # type: ignore[misc]
            await trio.lowlevel.checkpoint()
