"""Runs tasks out of the journal: started once, finished on disk before anybody hears of it, reported until the
control plane has it."""

from __future__ import annotations

import logging
import time
from typing import Any

import msgspec
import trio

from agent.appliers.mesh import MeshApplier
from agent.directory import NodeRecord
from agent.journal import Held, Journal
from agent.link import ControlPlaneLink, LinkDown
from agent.operations.context import Context, OperationFailed
from agent.operations.registry import HANDLERS
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.kinds import decode_parameters
from nimbus.protocol.messages import LOG_LINE_LIMIT, RESULT_LIMIT_BYTES, LeasedTask, TaskProgress, TaskResult

CONCURRENCY = 8
PROGRESS_INTERVAL_S = 0.2
REPORT_RETRY_S = 2.0
_MAX_UNSENT_LINES = 1000
log = logging.getLogger("nimbus.tasks")


class _Running:
    """One task under way, with the lines that were not sent yet."""

    def __init__(self, lease: LeasedTask) -> None:
        self.lease = lease
        self.scope = trio.CancelScope()
        self.lines: list[str] = []
        self.sent = 0
        self.percent: int | None = None
        self.news = False

    def progress(self, line: str, percent: int | None) -> None:
        if line and len(self.lines) - self.sent < _MAX_UNSENT_LINES:
            self.lines.append(line[:LOG_LINE_LIMIT])
        if percent is not None:
            self.percent = percent
        self.news = True


class Runner:
    """Belongs to the Trio thread; the journal is used in one worker thread at a time."""

    def __init__(
        self, journal: Journal, link: ControlPlaneLink, record: NodeRecord, mesh: MeshApplier | None
    ) -> None:
        self._journal = journal
        self._link = link
        self._record = record
        self._mesh = mesh
        self._running: dict[str, _Running] = {}
        self._unreported: dict[str, TaskResult] = {}
        self._report = trio.Event()
        self._limiter = trio.CapacityLimiter(1)
        self._nursery: trio.Nursery | None = None

    @property
    def held(self) -> list[str]:
        """Ids of the tasks that the agent has: running, or with a result that is not reported."""
        return [*self._running, *self._unreported]

    @property
    def capacity(self) -> int:
        return max(0, CONCURRENCY - len(self._running))

    def describe(self) -> list[dict[str, Any]]:
        return [
            {"id": task.lease.id, "kind": task.lease.kind, "percent": task.percent}
            for task in self._running.values()
        ]

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Resume what the last run left, then serve until cancelled."""
        async with trio.open_nursery() as self._nursery:
            for task_id, held in self._journal.held().items():
                self._resume(task_id, held)
            self._nursery.start_soon(self._report_forever)
            self._nursery.start_soon(self._send_progress_forever)
            task_status.started()
            await trio.sleep_forever()

    def _resume(self, task_id: str, held: Held) -> None:
        if held.result is not None:
            self._unreported[task_id] = held.result
            self._report.set()
        else:
            self._begin(held.lease)

    async def accept(self, leases: list[LeasedTask]) -> None:
        """Take orders in; each is on disk before it runs."""
        for lease in await trio.to_thread.run_sync(self._journal.accept, leases, limiter=self._limiter):
            self._unreported.pop(lease.id, None)
            self._begin(lease)

    def cancel(self, task_ids: tuple[str, ...]) -> None:
        for task_id in task_ids:
            running = self._running.get(task_id)
            if running is not None:
                running.scope.cancel()

    def _begin(self, lease: LeasedTask) -> None:
        assert self._nursery is not None
        running = self._running[lease.id] = _Running(lease)
        self._nursery.start_soon(self._execute, running)

    async def _execute(self, running: _Running) -> None:
        lease = running.lease
        started_at = time.time()
        try:
            resumed = await trio.to_thread.run_sync(self._journal.start, lease.id, limiter=self._limiter)
        except OSError as error:
            # Not started: what cannot be remembered is not begun.
            result = _failed(
                lease, "JOURNAL_UNWRITABLE", f"the node's journal: {error.strerror}", retryable=True
            )
        else:
            result = await self._outcome(running, resumed)
        result.started_at, result.finished_at = started_at, time.time()
        try:
            await trio.to_thread.run_sync(self._journal.finish, lease.id, result, limiter=self._limiter)
        except OSError as error:
            # The disk is full: the result is still reported, only a crash before that would run it again.
            log.error("the result of task %s cannot be written: %s", lease.id, error)
        await self._flush(running)
        del self._running[lease.id]
        self._unreported[lease.id] = result
        self._report.set()

    async def _outcome(self, running: _Running, resumed: bool) -> TaskResult:
        lease = running.lease
        context = Context(resumed=resumed, record=self._record, mesh=self._mesh, progress=running.progress)
        try:
            handler, parameters = HANDLERS[lease.kind], decode_parameters(lease.kind, lease.parameters)
        except (KeyError, NimbusError, msgspec.ValidationError) as error:
            return _failed(
                lease, "KIND_UNKNOWN", f"this agent cannot do {lease.kind!r}: {error}", retryable=False
            )
        try:
            with running.scope, trio.fail_after(lease.timeout_s):
                return _succeeded(lease, await handler(context, parameters))
        except trio.TooSlowError:
            return _failed(lease, "TIMEOUT", f"not done within {lease.timeout_s:.0f} s", retryable=True)
        except OperationFailed as error:
            return _failed(lease, error.code, error.message, retryable=error.retryable)
        except Exception as error:
            log.exception("task failed", extra={"task_id": lease.id, "kind": lease.kind})
            return _failed(lease, "INTERNAL", f"{type(error).__name__}: {error}", retryable=True)
        return TaskResult(attempt=lease.attempt, outcome="cancelled", error="cancelled while it ran")

    async def _report_forever(self) -> None:
        """Send what is finished; after a failure when the link is back, or a little later."""
        while True:
            await self._report.wait()
            self._report = trio.Event()
            for task_id in list(self._unreported):
                try:
                    await self._link.wait_connected()
                    done = task_id not in self._unreported or await self._send_result(task_id)
                except LinkDown:
                    done = False
                except OSError as error:
                    log.error("the journal cannot be written: %s", error)
                    done = False
                if not done:
                    self._report.set()
                    await trio.sleep(REPORT_RETRY_S if self._link.connected else 0.05)
                    break

    async def _send_result(self, task_id: str) -> bool:
        result = self._unreported[task_id]
        body = msgspec.json.encode(result)
        reply = await self._link.request("POST", f"/v1/internal/tasks/{task_id}/result", body)
        if reply.status >= 500 or reply.status in (408, 429):
            return False
        if reply.status >= 400:
            # The control plane will never take it (a restored backup does not know the task): let go of it.
            log.error("the result of task %s was refused: %s", task_id, reply.body[:300])
        await trio.to_thread.run_sync(self._journal.reported, task_id, result.attempt, limiter=self._limiter)
        if self._unreported.get(task_id) is result:
            del self._unreported[task_id]
        return True

    async def _send_progress_forever(self) -> None:
        while True:
            await trio.sleep(PROGRESS_INTERVAL_S)
            for running in list(self._running.values()):
                await self._flush(running)

    async def _flush(self, running: _Running) -> None:
        """Send new lines; without a link they wait, and are bounded."""
        if not running.news or not self._link.connected:
            return
        running.news = False
        first, lines = running.sent, running.lines[running.sent : running.sent + 500]
        progress = TaskProgress(
            attempt=running.lease.attempt, percent=running.percent, first=first, lines=tuple(lines)
        )
        try:
            reply = await self._link.request(
                "POST", f"/v1/internal/tasks/{running.lease.id}/progress", msgspec.json.encode(progress)
            )
        except LinkDown:
            running.news = True
            return
        if reply.status < 500:
            running.sent = first + len(lines)
        running.news = running.news or running.sent < len(running.lines)


def _succeeded(lease: LeasedTask, value: Any) -> TaskResult:
    encoded = msgspec.json.encode(value)
    if len(encoded) > RESULT_LIMIT_BYTES:
        text = encoded[: RESULT_LIMIT_BYTES // 2].decode("utf-8", "ignore")
        return TaskResult(attempt=lease.attempt, outcome="succeeded", result=text, truncated=True)
    return TaskResult(attempt=lease.attempt, outcome="succeeded", result=value)


def _failed(lease: LeasedTask, code: str, message: str, *, retryable: bool) -> TaskResult:
    return TaskResult(
        attempt=lease.attempt, outcome="failed", error_code=code, error=message[:2000], retryable=retryable
    )
