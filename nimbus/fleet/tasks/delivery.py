"""The node's side of tasks: leases out, progress and results in. Runs inside transactions of the writer."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.lanes import Lanes, Room
from nimbus.fleet.tasks.records import Task, TaskLeased, TaskReady, TaskState
from nimbus.fleet.tasks.rules import (
    LEASE_EXPIRED,
    LogSize,
    bounded_result,
    judge,
    kept_lines,
    numbered_lines,
    runs_on_its_node,
)
from nimbus.fleet.tasks.secret_values import SecretValues, masked
from nimbus.fleet.tasks.service import close, emit_change, emit_progress
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, invalid
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.kinds import KINDS, secret_parameters, secret_results
from nimbus.protocol.messages import LeasedTask, TaskProgress, TaskResult

_MAX_NUMBER = 2**31
# Takes (transaction, node id, result) of a succeeded task of its kind, and returns what is kept of the result with
# the task. What it raises fails the task.
ResultHandler = Callable[[Transaction, str, Any], Any]
log = logging.getLogger("nimbus.tasks")


class WorkNotDone(NimbusError):
    """Raised by the handler of a result that says so: the task has failed with these words; its result stays."""


class TaskNotRunning(Conflict):
    code = "TASK_NOT_RUNNING"


class Delivery:
    def __init__(
        self, clock: Clock, handlers: Mapping[str, ResultHandler], secret_values: SecretValues
    ) -> None:
        self._clock = clock
        self._secret_values = secret_values
        self._handlers = handlers

    def lease(
        self, tx: Transaction, node_id: str, held: frozenset[str], room: Room, overdue: Sequence[str] = ()
    ) -> tuple[list[LeasedTask], list[str]]:
        """What the node shall run now, and what it shall cancel. `held` are the tasks that it has: running ones
        that it does not have were lost on the way, and are delivered again as the same attempt; what is not open
        for it (cancelled while it was away, or unknown to a database that was restored) it shall let go.
        `overdue`: see `Dispatch`."""
        now = self._clock.now()
        wanted = self._take_back(tx, node_id, held, now)
        lost: list[LeasedTask] = []
        cancel = sorted(held - wanted)
        running: list[str] = []
        for task in store.running_on(tx, node_id):
            if task.cancel_requested_at is not None and task.id not in held:
                close(tx, task, TaskState.CANCELLED, now, error="cancelled before it reached the node")
                continue
            running.append(task.kind)
            if task.cancel_requested_at is not None:
                cancel.append(task.id)
            elif task.id not in held and (again := self._leased(tx, task, task.attempt)):
                lost.append(again)
                room = room.less(task.kind)
        leased = lost + self._begin(tx, node_id, Lanes(room, running), now, overdue)
        for lease in leased:
            tx.emit(TaskLeased(lease.id, node_id, lease.kind))
        return leased, cancel

    def _take_back(self, tx: Transaction, node_id: str, held: frozenset[str], now: int) -> set[str]:
        """Which of `held` are open for the node. One that it was silent about for so long that its lease ended runs
        again: it never stopped."""
        tasks = store.open_of(tx, node_id, sorted(held)) if held else []
        for task in tasks:
            if task.state is TaskState.QUEUED and task.error_code == LEASE_EXPIRED:
                store.lease(tx, task.id, max(1, task.attempt), now)
                tx.emit(TaskLeased(task.id, node_id, task.kind))
                emit_change(tx, task, "task.leased", now, state=TaskState.RUNNING.value, attempt=task.attempt)
        return {task.id for task in tasks}

    def _begin(
        self, tx: Transaction, node_id: str, lanes: Lanes, now: int, overdue: Sequence[str]
    ) -> list[LeasedTask]:
        """New leases, as many as the node has room for, of what excludes neither each other nor what runs."""
        leased: list[LeasedTask] = []
        while places := lanes.room.general + lanes.room.quick:
            if lanes.room.general:
                tasks = store.leaseable(tx, node_id, now, places, overdue, without=lanes.shut_out)
            else:
                admitted = [kind for kind in KINDS if lanes.admit(kind)]
                tasks = store.leaseable(tx, node_id, now, places, overdue, only=admitted)
            begun = 0
            for task in tasks:
                if lanes.admit(task.kind):
                    begun += 1
                    if lease := self._lease_one(tx, task, now):
                        lanes.begun(task.kind)
                        leased.append(lease)
            if not begun or begun == len(tasks) < places:
                break
        return leased

    def _lease_one(self, tx: Transaction, task: Task, now: int) -> LeasedTask | None:
        attempt = max(1, task.attempt + 1 if task.error_code != LEASE_EXPIRED else task.attempt)
        lease = self._leased(tx, task, attempt)
        if lease is not None:
            store.lease(tx, task.id, attempt, now)
            emit_change(tx, task, "task.leased", now, state=TaskState.RUNNING.value, attempt=attempt)
        return lease

    def _leased(self, tx: Transaction, task: Task, attempt: int) -> LeasedTask | None:
        """With its secret values. None: they cannot be opened, and the task has failed."""
        parameters = task.parameters
        if secret_parameters(task.kind):
            try:
                parameters = parameters | self._secret_values.open(tx, task.id, "parameters")
            except NimbusError as error:
                code, text = "SECRET_UNREADABLE", f"its secret parameters cannot be opened: {error.message}"
                close(tx, task, TaskState.FAILED, self._clock.now(), error_code=code, error=text)
                return None
        return LeasedTask(
            id=task.id, kind=task.kind, attempt=attempt, timeout_s=task.timeout_s, parameters=parameters
        )

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
        tx.emit(TaskReady(task.id, task.node_id, task.kind, now, is_expired=True))
        emit_change(tx, task, "task.requeued", now, state=TaskState.QUEUED.value, error_code=LEASE_EXPIRED)

    def progress(self, tx: Transaction, node_id: str, task_id: str, progress: TaskProgress) -> None:
        task = self._own(tx, node_id, task_id)
        if not (1 <= progress.attempt <= _MAX_NUMBER and 0 <= progress.first <= _MAX_NUMBER):
            raise invalid("first", f"and attempt must be from 0 and 1 to {_MAX_NUMBER}")
        if not task.is_open:
            return
        if not runs_on_its_node(task, progress.attempt):
            raise TaskNotRunning("this attempt of the task does not run on this node")
        percent = task.percent
        if progress.percent is not None:
            percent = max(0, min(100, progress.percent))
            if percent != task.percent:
                store.set_percent(tx, task.id, percent)
        before = store.log_size(tx, task.id)
        after = self._append_log(tx, task, progress, before)
        if (percent, after) != (task.percent, before):
            emit_progress(tx, task, self._clock.now(), percent, after.lines)

    def _append_log(self, tx: Transaction, task: Task, progress: TaskProgress, size: LogSize) -> LogSize:
        """How much is kept then. Lines that were stored before are not counted again."""
        lines = numbered_lines(progress)
        if not lines or size.is_cut:
            return size
        known = store.known_lines(tx, task.id, progress.attempt, lines[0][0], lines[-1][0])
        kept, size = kept_lines(size, [line for line in lines if line[0] not in known])
        if kept:
            store.append_log(tx, task.id, progress.attempt, self._clock.now(), kept, size)
        return size

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
            tx.emit(TaskReady(task.id, task.node_id, task.kind, verdict.due_at))
            emit_change(tx, task, "task.requeued", now, state=TaskState.QUEUED.value, error_code=code)
            return
        state, error_code, error = verdict.state, result.error_code, result.error
        if state is TaskState.SUCCEEDED:
            (state, error_code, error), kept = self._use(tx, task, result)
            result = msgspec.structs.replace(result, result=kept)
        text, cut = bounded_result(self._keep_secrets(tx, task, result))
        close(
            tx,
            task,
            state,
            now,
            result=text,
            truncated=cut or result.truncated,
            error_code=error_code,
            error=error,
            is_reported=True,
        )

    def _use(self, tx: Transaction, task: Task, result: TaskResult) -> tuple[tuple[TaskState, str, str], Any]:
        """Hand the result to whom the kind belongs to; how the task ends, and what is kept of the result. What
        cannot be used fails the task, and is kept whole; the node is not asked for it again."""
        handler = self._handlers.get(task.kind)
        if handler is None or result.truncated:
            return (TaskState.SUCCEEDED, "", ""), result.result
        try:
            with tx.savepoint():
                return (TaskState.SUCCEEDED, "", ""), handler(tx, task.node_id, result.result)
        except WorkNotDone as error:
            return (TaskState.FAILED, error.code, error.message), result.result
        except msgspec.ValidationError as error:
            message = f"the node's result is not of the right form: {error}"
            return (TaskState.FAILED, "RESULT_INVALID", message), result.result
        except Exception as error:
            if tx.is_of_store(error):
                raise
            log.exception("a result could not be used", extra={"task_id": task.id, "kind": task.kind})
            reason = error.message if isinstance(error, NimbusError) else type(error).__name__
            message = f"the control plane could not use the result: {reason}"
            return (TaskState.FAILED, "RESULT_NOT_USED", message), result.result

    def _keep_secrets(self, tx: Transaction, task: Task, result: TaskResult) -> Any:
        """What may be shown of a result. One that should have secrets and is no object is not kept: nobody knows
        where they are in it."""
        secret = secret_results(task.kind)
        if not secret:
            return result.result
        if result.truncated or not isinstance(result.result, dict):
            return None
        shown, hidden = masked(result.result, secret)
        self._secret_values.keep(tx, task.id, "result", hidden)
        return shown

    def _own(self, tx: Transaction, node_id: str, task_id: str) -> Task:
        task = store.get(tx, task_id)
        if task is None:
            raise NotFound("there is no such task")
        if task.node_id != node_id:
            raise Forbidden("the task belongs to another node")
        return task
