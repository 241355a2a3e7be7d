"""Which tasks the node has: from the order, through their lanes, to the report."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from typing import Any

import trio

from agent.appliers.mesh import MeshApplier
from agent.artifacts.store import Artifacts
from agent.directory import NodeRecord
from agent.edge.applier import EdgeApplier
from agent.firewall.applier import FirewallApplier
from agent.link import ControlPlaneLink
from agent.operations.context import Context
from agent.state.agent_state import AgentState
from agent.state.database import StateUnwritable
from agent.state.journal import HeldTask
from agent.tasks.execution import cancelled, execute, failed
from agent.tasks.lanes import Lanes, Room
from agent.tasks.redaction import Redaction
from agent.tasks.reporter import Reporter
from agent.tasks.rules import agent_died
from agent.tasks.task_log import TaskLog
from nimbus.protocol.kinds import exclusive_resources, is_quick
from nimbus.protocol.messages import LeasedTask, TaskResult

# What was running when the agent died runs alone afterwards: only the one that kills it is begun three times.
SUSPECTS = "interrupted tasks"
# No more orders while so many results are not taken: their ids travel with each poll.
MOST_UNREPORTED = 100
STOP_S = 2.0
_NO_ROOM = Room(0, 0)
log = logging.getLogger("nimbus.tasks")


class _Task:
    """One that is not finished."""

    def __init__(self, lease: LeasedTask, lines: TaskLog) -> None:
        self.lease = lease
        self.lines = lines
        self.scope = trio.CancelScope()


class Runner:
    """Belongs to the Trio thread."""

    def __init__(
        self,
        state: AgentState,
        link: ControlPlaneLink,
        record: NodeRecord,
        mesh: MeshApplier | None,
        start_id: str = "",
        restart: Callable[[], None] = lambda: None,
        artifacts: Artifacts | None = None,
        firewall: FirewallApplier | None = None,
        edge: EdgeApplier | None = None,
    ) -> None:
        """`restart` has the agent end and be started anew."""
        self._artifacts = artifacts
        self._firewall = firewall
        self._edge = edge
        self._state = state
        self._journal = state.journal
        self._link = link
        self._record = record
        self._mesh = mesh
        self._start_id = start_id
        self._restart = restart
        self._restart_after: set[str] = set()
        self._tasks: dict[str, _Task] = {}
        self._lanes = Lanes()
        # Found on disk, and not confirmed by the control plane yet.
        self._unconfirmed: set[str] = set()
        self._nursery: trio.Nursery | None = None
        self._reporter: Reporter | None = None

    @property
    def held(self) -> list[str]:
        """Ids of the tasks that the agent has: waiting, running, or with a result that is not reported."""
        return [*self._tasks, *self.unreported]

    @property
    def unreported(self) -> list[str]:
        return [] if self._reporter is None else self._reporter.task_ids

    @property
    def has_unconfirmed(self) -> bool:
        return bool(self._unconfirmed)

    @property
    def room(self) -> Room:
        """How many more tasks can be taken; none while they could not be remembered."""
        if not self._state.takes_orders or len(self.unreported) >= MOST_UNREPORTED:
            return _NO_ROOM
        return self._lanes.room

    def describe(self) -> list[dict[str, Any]]:
        running = set(self._lanes.running)
        return [
            {
                "id": task_id,
                "kind": task.lease.kind,
                "percent": task.lines.percent,
                "state": "running" if task_id in running else "waiting",
            }
            for task_id, task in self._tasks.items()
        ]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Take up what the last run left, then serve until cancelled."""
        async with trio.open_nursery() as self._nursery:
            self._reporter = Reporter(self._journal, self._link, self._nursery, on_reported=self._on_reported)
            for task_id, held in self._journal.held().items():
                self._take_up(task_id, held)
            task_status.started()
            await trio.sleep_forever()

    def _take_up(self, task_id: str, held: HeldTask) -> None:
        lines = self._lines_of(held.lease, is_resumed=True)
        if held.result is not None:
            assert self._reporter is not None
            self._reporter.add(task_id, held.result, lines)
        else:
            self._tasks[task_id] = _Task(held.lease, lines)
            self._unconfirmed.add(task_id)

    def _lines_of(self, lease: LeasedTask, *, is_resumed: bool) -> TaskLog:
        return TaskLog(lease.id, lease.attempt, self._state.log_buffer, self._link, is_resumed=is_resumed)

    async def accept(self, leases: list[LeasedTask]) -> None:
        """Take orders in; each is on disk before it runs. Raises StateUnwritable."""
        for lease in await self._journal.accept(leases):
            if self._reporter is not None:
                self._reporter.forget(lease.id)
            self._tasks[lease.id] = _Task(lease, self._lines_of(lease, is_resumed=False))
            self._queue(lease)

    def confirm(self, task_ids: Collection[str]) -> None:
        """The control plane was told that the agent has these, and holds them open: what was interrupted goes
        on."""
        for task_id in [task_id for task_id in self._tasks if task_id in self._unconfirmed]:
            if task_id in task_ids:
                self._unconfirmed.discard(task_id)
                self._queue(self._tasks[task_id].lease)

    def cancel(self, task_ids: Collection[str]) -> None:
        for task_id in task_ids:
            task = self._tasks.get(task_id)
            if task is None:
                continue
            if task_id in self._unconfirmed or task_id in self._lanes.waiting:
                self._unconfirmed.discard(task_id)
                self._lanes.remove(task_id)
                self._spawn(self._end, task, cancelled(task.lease, "cancelled before it was begun here"))
            else:
                task.scope.cancel()

    def _queue(self, lease: LeasedTask) -> None:
        held = self._journal.get(lease.id)
        suspects = {SUSPECTS} if held is not None and held.deaths else set()
        self._lanes.add(lease.id, exclusive_resources(lease.kind) | suspects, quick=is_quick(lease.kind))
        self._begin_more()

    def _begin_more(self) -> None:
        for task_id in self._lanes.begin():
            self._spawn(self._execute, self._tasks[task_id])

    def _spawn(self, work: Callable[..., Any], *arguments: Any) -> None:
        assert self._nursery is not None
        self._nursery.start_soon(work, *arguments)

    async def _execute(self, task: _Task) -> None:
        started_at = time.time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(task.lines.follow)
            result = await self._outcome(task)
            nursery.cancel_scope.cancel()
        result.started_at, result.finished_at = started_at, time.time()
        await self._end(task, result)

    async def _outcome(self, task: _Task) -> TaskResult:
        held = self._journal.get(task.lease.id)
        assert held is not None
        died = agent_died(task.lease, held.deaths)
        if died is not None:
            return died
        try:
            start = await self._journal.start(task.lease.id)
            task.lines.begin(start)
            if start > 1:
                task.lines.say(
                    f"[started again, for the {_ordinal(start)} time: the agent was interrupted]", None
                )
            context = Context(
                resumed=start > 1,
                record=self._record,
                mesh=self._mesh,
                progress=_saying(task),
                start_id=self._start_id,
                restart_when_reported=lambda: self._restart_after.add(task.lease.id),
                artifacts=self._artifacts,
                firewall=self._firewall,
                edge=self._edge,
            )
            return await execute(task.lease, context, task.scope)
        except StateUnwritable as error:
            # What cannot be remembered is not begun.
            return failed(
                task.lease,
                "STATE_UNWRITABLE",
                f"the node cannot remember what it does: {error}",
                retryable=True,
            )
        except trio.Cancelled:
            # The agent ends: that is no death of it.
            with trio.CancelScope(shield=True), trio.move_on_after(STOP_S):
                await self._journal.stopped(task.lease.id)
                await task.lines.store()
            raise

    def _on_reported(self, task_id: str) -> None:
        if task_id in self._restart_after:
            self._restart()

    async def _end(self, task: _Task, result: TaskResult) -> None:
        """The result goes to disk, and from there to the control plane."""
        task_id = task.lease.id
        # Not given up half-way when the agent ends: an effect that is there is remembered.
        with trio.CancelScope(shield=True):
            await task.lines.store()
            await self._journal.finish(task_id, result)
        del self._tasks[task_id]
        assert self._reporter is not None
        self._reporter.add(task_id, result, task.lines)
        self._lanes.remove(task_id)
        self._begin_more()


def _saying(task: _Task) -> Callable[[str | bytes, int | None], None]:
    """What its handler says goes into its log, without its secret parameters."""
    redaction = Redaction(task.lease)
    if not redaction:
        return task.lines.say
    return lambda said, percent: task.lines.say(redaction.lines(said), percent)


def _ordinal(start: int) -> str:
    names = {2: "second", 3: "third"}
    return names.get(start, f"{start}th")
