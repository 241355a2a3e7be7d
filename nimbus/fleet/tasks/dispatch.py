"""Which node has something to fetch, in memory: an idle poll costs no look into the database.

The index mirrors the open tasks. It is loaded once, then follows the events of committed transactions, which
arrive in the order of the commits.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Sequence

from nimbus.db import Database, Transaction
from nimbus.db.relay import HeardAgain
from nimbus.db.several import Several
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.node_index import NodeIndex, Ready
from nimbus.fleet.tasks.records import (
    LeasesNamed,
    LeasesNamedElsewhere,
    TaskCancelRequested,
    TaskClosed,
    TaskLeased,
    TaskReady,
    TaskState,
    WorkWaiting,
)
from nimbus.fleet.tasks.rules import BACKOFF_LIMIT_S, LEASE_EXPIRED
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import LeasedTask

LEASE_S = 30.0
# How often other control planes on this database are told which tasks nodes have named here.
TELL_NAMED_S = LEASE_S / 6
# So many at a time: they are parameters of one statement.
MAX_OVERDUE = 500
# Leases that end in one transaction: a fleet that falls silent ends thousands, and what falls due waits meanwhile.
EXPIRED_AT_ONCE = 100
_NOTHING = NodeIndex()
log = logging.getLogger("nimbus.tasks")


class Dispatch:
    """Belongs to the Trio thread. `WorkWaiting` on the bus says that a node has something to fetch. `several`:
    other control planes on this database, to which other nodes speak; one of all ends leases."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        delivery: Delivery,
        bus: EventBus,
        several: Several | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._delivery = delivery
        self._bus = bus
        self._several = several
        # Running tasks that nodes have named since the others were told, by node.
        self._named: dict[str, set[str]] = {}
        self._told_at = clock.monotonic()
        self._nodes: dict[str, NodeIndex] = {}
        # By the monotonic clock: when it falls due; node and task.
        self._later: list[tuple[float, str, str]] = []
        self._timer = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(TaskReady, self._on_ready)
        bus.subscribe(TaskLeased, self._on_leased)
        bus.subscribe(TaskClosed, self._on_closed)
        bus.subscribe(TaskCancelRequested, self._on_cancel)
        bus.subscribe(LeasesNamedElsewhere, self._on_named_elsewhere)
        bus.subscribe(HeardAgain, self._on_heard_again)

    async def load(self) -> None:
        """A start counts as a renewal of every lease."""
        for task in await self._database.read(store.open_tasks):
            if task.state is TaskState.RUNNING:
                index = self._index(task.node_id)
                index.running[task.id] = (task.kind, self._clock.monotonic())
                if task.cancel_requested_at is not None:
                    index.cancelling.add(task.id)
            elif task.waiting_for == 0:
                is_expired = task.error_code == LEASE_EXPIRED
                self._on_ready(TaskReady(task.id, task.node_id, task.kind, task.due_at, is_expired))

    def has_work(self, node_id: str, held: frozenset[str], room: Room) -> bool:
        """Whether a poll of the node would get anything."""
        return self._known(node_id).has_work(held, room, self._clock.monotonic())

    def confirm(self, node_id: str, held: frozenset[str]) -> None:
        """The node names the tasks that it has: their leases start anew."""
        index = self._known(node_id)
        index.confirm(held, self._clock.monotonic())
        if self._several is not None and (named := held & index.running.keys()):
            self._named.setdefault(node_id, set()).update(named)
        self._forget_if_empty(node_id)

    def due(self, node_id: str) -> frozenset[str]:
        """What is due now, for `leased` after a lease."""
        return frozenset(self._known(node_id).ready)

    def overdue(self, node_id: str) -> tuple[str, ...]:
        """What is due now although the wall clock, which was set back, says that it is not: for the lease."""
        now = self._clock.now()
        ready = self._known(node_id).ready
        return tuple(task_id for task_id, task in ready.items() if task.due_at > now)[:MAX_OVERDUE]

    def leased(
        self,
        node_id: str,
        held: frozenset[str],
        seen: frozenset[str],
        answer: tuple[list[LeasedTask], list[str]],
        room: Room,
    ) -> None:
        """What a lease gave for a poll: see `NodeIndex.leased`. `room` is what the node had before."""
        leased, cancel = answer
        for task in leased:
            room = room.less(task.kind)
        self._index(node_id).leased(held, seen, cancel, room, self._clock.monotonic())
        self._forget_if_empty(node_id)

    def _index(self, node_id: str) -> NodeIndex:
        return self._nodes.setdefault(node_id, NodeIndex())

    def _known(self, node_id: str) -> NodeIndex:
        """To look at only: a node without open tasks has none of its own."""
        return self._nodes.get(node_id, _NOTHING)

    def _forget_if_empty(self, node_id: str) -> None:
        if node_id in self._nodes and self._nodes[node_id].is_empty:
            del self._nodes[node_id]

    def _on_ready(self, event: TaskReady) -> None:
        index = self._index(event.node_id)
        index.drop(event.task_id)
        ready = Ready(event.kind, event.due_at, event.is_expired)
        wait = min(BACKOFF_LIMIT_S, to_seconds(event.due_at - self._clock.now()))
        if wait <= 0:
            index.ready[event.task_id] = ready
            self._bus.publish(WorkWaiting(event.node_id))
        else:
            due = self._clock.monotonic() + wait
            index.later[event.task_id] = (due, ready)
            heapq.heappush(self._later, (due, event.node_id, event.task_id))
            self._timer.signal()
            self._tell_of_what_was_shut_out(event.node_id)

    def _on_leased(self, event: TaskLeased) -> None:
        index = self._index(event.node_id)
        index.drop(event.task_id)
        index.running[event.task_id] = (event.kind, self._clock.monotonic())

    def _on_closed(self, event: TaskClosed) -> None:
        index = self._index(event.node_id)
        if event.is_reported:
            index.reported(event.task_id, self._clock.monotonic())
        else:
            index.drop(event.task_id)
        self._tell_of_what_was_shut_out(event.node_id)
        self._forget_if_empty(event.node_id)

    def _tell_of_what_was_shut_out(self, node_id: str) -> None:
        """A task does not run any more: what it excluded may begin."""
        if self._known(node_id).can_begin(Room(1, 1)):
            self._bus.publish(WorkWaiting(node_id))

    def _on_cancel(self, event: TaskCancelRequested) -> None:
        self._index(event.node_id).cancelling.add(event.task_id)
        self._bus.publish(WorkWaiting(event.node_id))

    async def run(self) -> None:
        """Wake nodes whose delayed tasks fall due, and end the leases of silent nodes; until cancelled."""
        attempts = Attempts(log, "leases could not be ended")
        while True:
            await self._timer.wait(self._until_next())
            self._wake_due()
            with attempts:
                await self._tell_named()
                if self._several is None or self._several.leads:
                    await self._expire_leases()

    async def _tell_named(self) -> None:
        """A lease is good as long as its node names the task, to whichever control plane."""
        now = self._clock.monotonic()
        if not self._named or now - self._told_at < TELL_NAMED_S:
            return
        named, self._named, self._told_at = self._named, {}, now
        event = LeasesNamed(tuple((node_id, tuple(sorted(tasks))) for node_id, tasks in named.items()))
        await self._database.write(lambda tx: tx.emit(event))

    def _on_named_elsewhere(self, event: LeasesNamedElsewhere) -> None:
        now = self._clock.monotonic()
        for node_id, tasks in event.tasks:
            self._known(node_id).renew(tasks, now)

    def _on_heard_again(self, _event: HeardAgain) -> None:
        """As after a start: every lease begins anew."""
        now = self._clock.monotonic()
        for index in self._nodes.values():
            index.renew(tuple(index.running), now)

    def _until_next(self) -> float:
        if not self._later:
            return LEASE_S / 6
        return min(LEASE_S / 6, max(0.0, self._later[0][0] - self._clock.monotonic()))

    def _wake_due(self) -> None:
        now = self._clock.monotonic()
        while self._later and self._later[0][0] <= now:
            due, node_id, task_id = heapq.heappop(self._later)
            index = self._known(node_id)
            waiting = index.later.get(task_id)
            # Another time, or none: it was leased, closed or put off meanwhile.
            if waiting is not None and waiting[0] == due:
                del index.later[task_id]
                index.ready[task_id] = waiting[1]
                self._bus.publish(WorkWaiting(node_id))

    async def _expire_leases(self) -> None:
        limit = self._clock.monotonic() - LEASE_S
        silent = [
            task_id
            for index in self._nodes.values()
            for task_id, (_, confirmed_at) in index.running.items()
            if confirmed_at < limit
        ]
        for first in range(0, len(silent), EXPIRED_AT_ONCE):
            piece = silent[first : first + EXPIRED_AT_ONCE]
            await self._database.write(lambda tx, piece=piece: self._expire(tx, piece))  # type: ignore[misc]

    def _expire(self, tx: Transaction, task_ids: Sequence[str]) -> None:
        for task_id in task_ids:
            self._delivery.expire(tx, task_id)
