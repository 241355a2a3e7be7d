"""Pure decisions: what an answer means for a result, how long to wait, when a task has cost the agent too often."""

from __future__ import annotations

import enum

from nimbus.protocol.kinds import KINDS
from nimbus.protocol.messages import LeasedTask, TaskResult

PAUSE_FIRST_S = 1.0
PAUSE_LIMIT_S = 60.0
MOST_DEATHS = 3
LINES_PER_START = 1_000_000
_NOT_FOUND, _TOO_LARGE = 404, 413


class Verdict(enum.Enum):
    """Of an answer to a result."""

    TAKEN = "taken"
    UNKNOWN = "unknown"
    """The control plane has no such task: it will never take the result."""
    TOO_LARGE = "too large"
    KEEP = "keep"
    """Not now: it is sent again."""


def verdict(status: int) -> Verdict:
    if status < 300:
        return Verdict.TAKEN
    if status == _NOT_FOUND:
        return Verdict.UNKNOWN
    return Verdict.TOO_LARGE if status == _TOO_LARGE else Verdict.KEEP


def pause_s(failures: int, random: float) -> float:
    """Before the next try of one result, after so many failures (from 1) of it: exponential, with jitter over the
    upper half. `random` is from 0 to 1."""
    ceiling: float = min(PAUSE_LIMIT_S, PAUSE_FIRST_S * 2 ** min(failures - 1, 16))
    return ceiling * (0.5 + random / 2)


def without_value(result: TaskResult) -> TaskResult:
    """What is left to say when the value is too large."""
    return TaskResult(
        attempt=result.attempt,
        outcome=result.outcome,
        error_code=result.error_code,
        error=result.error[:2000],
        retryable=result.retryable,
        truncated=True,
        started_at=result.started_at,
        finished_at=result.finished_at,
    )


def agent_died(lease: LeasedTask, deaths: int) -> TaskResult | None:
    """The result of a task that is not begun again; None: it may be."""
    if deaths < MOST_DEATHS:
        return None
    retryable = lease.kind in KINDS and KINDS[lease.kind].retryable
    message = f"the agent died {deaths} times while this task ran: it is not begun again"
    return TaskResult(
        attempt=lease.attempt, outcome="failed", error_code="AGENT_DIED", error=message, retryable=retryable
    )


def first_line_number(start: int) -> int:
    """Of the lines that the how many-th start (from 1) says: each has a million numbers of its own, so that none is
    given twice, whatever was written down before the agent was killed."""
    return (start - 1) * LINES_PER_START
