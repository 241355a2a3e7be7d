"""The node's side of tasks: leases out, progress and results in. Runs inside transactions of the writer."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.records import Task, TaskLeased, TaskReady, TaskState
from nimbus.fleet.tasks.rules import LEASE_EXPIRED, bounded_result, judge
from nimbus.fleet.tasks.service import close, tell
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Forbidden, NotFound, invalid
from nimbus.protocol.messages import (
    LOG_LINE_LIMIT,
    PROGRESS_LINES_LIMIT,
    LeasedTask,
    TaskProgress,
    TaskResult,
)

_MAX_NUMBER = 2**31
# Takes (transaction, node id, result) of a succeeded task of its kind; may raise msgspec.ValidationError.
ResultHandler = Callable[[Transaction, str, Any], None]


class Delivery:
    def __init__(self, clock: Clock, handlers: Mapping[str, ResultHandler]) -> None:
        self._clock = clock
        self._handlers = handlers

    def lease(
        self, tx: Transaction, node_id: str, held: frozenset[str], capacity: int, overdue: Sequence[str] = ()
    ) -> tuple[list[LeasedTask], list[str]]:
        """What the node shall run now, and what it shall cancel. `held` are the tasks that it has: running ones
        that it does not have were lost on the way, and are delivered again as the same attempt.
        `overdue`: see `Dispatch`."""
        now = self._clock.now()
        leased: list[LeasedTask] = []
        cancel: list[str] = []
        for task in store.running_on(tx, node_id):
            if task.cancel_requested_at is not None and task.id in held:
                cancel.append(task.id)
            elif task.cancel_requested_at is not None:
                close(tx, task, TaskState.CANCELLED, now, error="cancelled before it reached the node")
            elif task.id not in held:
                leased.append(_leased(task, task.attempt))
        for task in store.leaseable(tx, node_id, now, max(0, capacity - len(leased)), overdue):
            attempt = max(1, task.attempt + 1 if task.error_code != LEASE_EXPIRED else task.attempt)
            store.lease(tx, task.id, attempt, now)
            tell(tx, task, "task.leased", now, state=TaskState.RUNNING.value, attempt=attempt)
            leased.append(_leased(task, attempt))
        for lease in leased:
            tx.emit(TaskLeased(lease.id, node_id))
        return leased, cancel

    def expire(self, tx: Transaction, task_id: str) -> None:
        """The node has not named the task for a whole lease: back to the queue."""
        task = store.get(tx, task_id)
        if task is None or task.state is not TaskState.RUNNING:
            return
        now = self._clock.now()
        if task.cancel_requested_at is not None:
            close(tx, task, TaskState.CANCELLED, now, error="cancelled while its node was away")
            return
        store.requeue(
            tx, task.id, now, LEASE_EXPIRED, "the node fell silent; delivered again when it is back"
        )
        tx.emit(TaskReady(task.id, task.node_id, now))
        tell(tx, task, "task.requeued", now, state=TaskState.QUEUED.value, error_code=LEASE_EXPIRED)

    def progress(self, tx: Transaction, node_id: str, task_id: str, progress: TaskProgress) -> None:
        task = self._own(tx, node_id, task_id)
        if not (1 <= progress.attempt <= _MAX_NUMBER and 0 <= progress.first <= _MAX_NUMBER):
            raise invalid("first", f"and attempt must be from 0 and 1 to {_MAX_NUMBER}")
        if not task.is_open:
            return
        if progress.percent is not None:
            percent = max(0, min(100, progress.percent))
            store.set_percent(tx, task.id, percent)
            if percent != task.percent:
                tell(tx, task, "task.progress", self._clock.now(), percent=percent)
        lines = [line[:LOG_LINE_LIMIT] for line in progress.lines[:PROGRESS_LINES_LIMIT]]
        store.append_log(tx, task.id, progress.attempt, progress.first, self._clock.now(), lines)

    def result(self, tx: Transaction, node_id: str, task_id: str, result: TaskResult) -> None:
        """Take a result in; the same one again changes nothing."""
        task = self._own(tx, node_id, task_id)
        now = self._clock.now()
        verdict = judge(task, result, now, random.random())  # noqa: S311  (jitter)
        if verdict.state is None:
            return
        if verdict.due_at is not None:
            # That code is ours: it says that nothing was reported.
            code = "FAILED" if result.error_code in ("", LEASE_EXPIRED) else result.error_code
            store.requeue(tx, task.id, verdict.due_at, code, result.error)
            tx.emit(TaskReady(task.id, task.node_id, verdict.due_at))
            tell(tx, task, "task.requeued", now, state=TaskState.QUEUED.value, error_code=code)
            return
        state, error_code, error = verdict.state, result.error_code, result.error
        if state is TaskState.SUCCEEDED:
            state, error_code, error = self._use(tx, task, result)
        text, cut = bounded_result(result.result)
        close(
            tx,
            task,
            state,
            now,
            result=text,
            truncated=cut or result.truncated,
            error_code=error_code,
            error=error,
        )

    def _use(self, tx: Transaction, task: Task, result: TaskResult) -> tuple[TaskState, str, str]:
        """Hand the result to whom the kind belongs to; one that is not of the kind's form fails the task."""
        handler = self._handlers.get(task.kind)
        if handler is not None and not result.truncated:
            try:
                handler(tx, task.node_id, result.result)
            except msgspec.ValidationError as error:
                return (
                    TaskState.FAILED,
                    "RESULT_INVALID",
                    f"the node's result is not of the right form: {error}",
                )
        return TaskState.SUCCEEDED, "", ""

    def _own(self, tx: Transaction, node_id: str, task_id: str) -> Task:
        task = store.get(tx, task_id)
        if task is None:
            raise NotFound("there is no such task")
        if task.node_id != node_id:
            raise Forbidden("the task belongs to another node")
        return task


def _leased(task: Task, attempt: int) -> LeasedTask:
    return LeasedTask(
        id=task.id, kind=task.kind, attempt=attempt, timeout_s=task.timeout_s, parameters=task.parameters
    )
