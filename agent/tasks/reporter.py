"""Results on their way: each on its own, until the control plane has it or says that it knows no such task."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

import msgspec
import trio

from agent.link import ControlPlaneLink, LinkDown
from agent.state.journal import Journal
from agent.tasks.rules import Verdict, pause_s, verdict, without_value
from agent.tasks.task_log import TaskLog
from nimbus.protocol.messages import TaskResult

# The link is there, and what comes over it is of no use (a proxy in between).
LINK_RETRY_S = 2.0
# A log that is refused so often must not keep its result back.
MOST_REFUSALS = 5
log = logging.getLogger("nimbus.tasks")


class _Report:
    """One result, and the lines that go before it."""

    def __init__(self, result: TaskResult, lines: TaskLog) -> None:
        self.result, self.lines = result, lines
        self.scope = trio.CancelScope()


class Reporter:
    """Belongs to the Trio thread. A Trio task for each result: one that is refused waits by itself, ever longer."""

    def __init__(
        self,
        journal: Journal,
        link: ControlPlaneLink,
        nursery: trio.Nursery,
        jitter: Callable[[], float] = random.random,
        on_reported: Callable[[str], None] = lambda _task_id: None,
    ) -> None:
        self._journal = journal
        self._link = link
        self._nursery = nursery
        self._jitter = jitter
        self._on_reported = on_reported
        self._reports: dict[str, _Report] = {}

    @property
    def task_ids(self) -> list[str]:
        return list(self._reports)

    def add(self, task_id: str, result: TaskResult, lines: TaskLog) -> None:
        """The task is finished, and the journal knows it."""
        report = self._reports[task_id] = _Report(result, lines)
        self._nursery.start_soon(self._run, task_id, report)

    def forget(self, task_id: str) -> None:
        """A later attempt was ordered: the control plane has the result of this one."""
        report = self._reports.pop(task_id, None)
        if report is not None:
            report.scope.cancel()

    async def _run(self, task_id: str, report: _Report) -> None:
        failures = 0
        with report.scope:
            while True:
                try:
                    await self._link.wait_connected()
                    if await self._try_once(task_id, report):
                        break
                except LinkDown:
                    await trio.sleep(LINK_RETRY_S if self._link.connected else 0.05)
                    continue
                failures += 1
                await trio.sleep(pause_s(failures, self._jitter()))
            if self._reports.get(task_id) is report:
                del self._reports[task_id]
            await self._journal.reported(task_id, report.result.attempt)
            self._on_reported(task_id)

    async def _try_once(self, task_id: str, report: _Report) -> bool:
        """Whether nothing is left to do. Raises LinkDown."""
        is_log_sent = await report.lines.flush()
        if not is_log_sent and report.lines.refusals < MOST_REFUSALS:
            return False
        body = msgspec.json.encode(report.result)
        reply = await self._link.request("POST", f"/v1/internal/tasks/{task_id}/result", body)
        answer = verdict(reply.status)
        if answer is Verdict.TOO_LARGE and report.result.result is not None:
            report.result = without_value(report.result)
            answer = Verdict.KEEP
        if answer is Verdict.KEEP:
            log.warning("the result of task %s was not taken: %s", task_id, reply.body[:300])
        elif answer is not Verdict.TAKEN:
            log.error("the result of task %s is let go: %s", task_id, reply.body[:300])
        elif not is_log_sent:
            log.error("lines of task %s were refused, and are lost", task_id)
        return answer is not Verdict.KEEP
