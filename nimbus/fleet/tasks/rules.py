"""Pure decisions of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from nimbus.fleet.tasks.records import MAX_ATTEMPTS, MAX_TIMEOUT_S, Task, TaskKindView, TaskRequest, TaskState
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import ValidationError, invalid
from nimbus.protocol.kinds import KINDS, TaskKind, UnknownKind, decode_parameters, is_part
from nimbus.protocol.messages import (
    LOG_LINE_LIMIT,
    PROGRESS_LINES_LIMIT,
    RESULT_LIMIT_BYTES,
    TASK_LOG_BYTES,
    TASK_LOG_LINES,
    TaskProgress,
    TaskResult,
)

BACKOFF_FIRST_S = 1.0
BACKOFF_LIMIT_S = 300.0
LEASE_EXPIRED = "LEASE_EXPIRED"


def backoff_us(attempt: int, random: float) -> int:
    """How long after failed attempt number `attempt` (from 1) the next may come, in microseconds: exponential
    with full jitter over its upper half. `random` is uniform in [0, 1)."""
    ceiling = min(BACKOFF_LIMIT_S, BACKOFF_FIRST_S * 2 ** min(attempt - 1, 30))
    return from_seconds(ceiling * (0.5 + random / 2))


def checked_request(request: TaskRequest) -> tuple[TaskKind, dict[str, Any]]:
    """The kind and its parameters, validated and complete. Raises ValidationError naming the field."""
    try:
        parameters = decode_parameters(request.kind, request.parameters)
    except UnknownKind as error:
        raise ValidationError(
            error.message, next_step=error.next_step, details=[{"field": "kind", "message": error.message}]
        ) from None
    except msgspec.ValidationError as error:
        raise invalid("parameters", str(error)) from None
    if request.timeout_s is not None and not 1 <= request.timeout_s <= MAX_TIMEOUT_S:
        raise invalid("timeout_s", f"must be from 1 to {MAX_TIMEOUT_S}")
    if request.max_attempts is not None and not 1 <= request.max_attempts <= MAX_ATTEMPTS:
        raise invalid("max_attempts", f"must be from 1 to {MAX_ATTEMPTS}")
    return KINDS[request.kind], msgspec.to_builtins(parameters)


def check_can_be_ordered(kind: str) -> None:
    """By itself, by an operator. Raises ValidationError."""
    if is_part(kind):
        raise invalid("kind", f"{kind!r} is only ordered as a part of something larger")


def kind_views() -> list[TaskKindView]:
    """Every kind that can be ordered alone, by name."""
    return [
        TaskKindView(
            name=kind.name,
            summary=kind.summary,
            parameters=parameter_schema(kind.parameters),
            timeout_s=kind.timeout_s,
            max_attempts=kind.max_attempts,
            retryable=kind.max_attempts > 1,
        )
        for kind in sorted(KINDS.values(), key=lambda kind: kind.name)
        if not kind.is_part
    ]


def parameter_schema(parameters: type[msgspec.Struct]) -> dict[str, Any]:
    """The object itself at the top: who makes a form of it need not follow a reference to get there."""
    schema = msgspec.json.schema(parameters)
    definitions = schema["$defs"]
    own: dict[str, Any] = definitions.pop(schema["$ref"].rpartition("/")[2])
    return own | ({"$defs": definitions} if definitions else {})


class Verdict(msgspec.Struct, frozen=True):
    """What a result makes of a task. `state` None: it changes nothing."""

    state: TaskState | None
    due_at: int | None = None


def judge(task: Task, result: TaskResult, now: int, random: float) -> Verdict:
    """What to do with a result of `task`'s node."""
    if not task.is_open:
        return Verdict(None)
    if result.outcome == "succeeded":
        # Whatever attempt it was, the effect is there.
        return Verdict(TaskState.SUCCEEDED)
    if result.attempt < task.attempt or (result.attempt == task.attempt and _waits_for_retry(task)):
        return Verdict(None)
    if result.outcome == "cancelled" or (result.retryable and task.cancel_requested_at is not None):
        return Verdict(TaskState.CANCELLED)
    if result.retryable and task.attempt < task.max_attempts:
        return Verdict(TaskState.QUEUED, due_at=now + backoff_us(task.attempt, random))
    return Verdict(TaskState.FAILED)


def _waits_for_retry(task: Task) -> bool:
    """The result of its attempt is known: what comes once more is a repetition."""
    return task.state is TaskState.QUEUED and task.error_code not in ("", LEASE_EXPIRED)


def bounded_result(result: Any) -> tuple[str | None, bool]:
    """The result as JSON text, and whether it was cut: an oversized one becomes a string of its beginning."""
    if result is None:
        return None, False
    encoded = msgspec.json.encode(result)
    if len(encoded) <= RESULT_LIMIT_BYTES:
        return encoded.decode(), False
    beginning = encoded[: RESULT_LIMIT_BYTES // 2].decode("utf-8", "ignore")
    return msgspec.json.encode(beginning).decode(), True


class LogSize(msgspec.Struct, frozen=True):
    """How much of a task's log is kept; `is_cut`: what comes now is not."""

    lines: int = 0
    bytes: int = 0
    is_cut: bool = False


LOG_CUT = (
    f"[the rest was cut: {TASK_LOG_LINES:,} lines of a task, or {TASK_LOG_BYTES // 2**20} MiB, are kept]"
)


def kept_lines(size: LogSize, lines: Sequence[tuple[int, str]]) -> tuple[list[tuple[int, str]], LogSize]:
    """Those of these lines that there is room for, and how much is kept then. In the place of the first that
    there is no room for is a line that says so."""
    if size.is_cut:
        return [], size
    kept: list[tuple[int, str]] = []
    count, total = size.lines, size.bytes
    for number, text in lines:
        length = len(text.encode())
        if count >= TASK_LOG_LINES or total + length > TASK_LOG_BYTES:
            return [*kept, (number, LOG_CUT)], LogSize(count + 1, total, is_cut=True)
        kept.append((number, text))
        count, total = count + 1, total + length
    return kept, LogSize(count, total)


def runs_on_its_node(task: Task, attempt: int) -> bool:
    """Whether a node may tell of this attempt: it runs, or its lease has ended without a word of the node."""
    is_running = task.state is TaskState.RUNNING or task.error_code == LEASE_EXPIRED
    return is_running and attempt == task.attempt


def numbered_lines(progress: TaskProgress) -> list[tuple[int, str]]:
    """The lines of a message with their numbers; more, or longer ones, than a node may send are cut."""
    lines = progress.lines[:PROGRESS_LINES_LIMIT]
    return [(progress.first + offset, line[:LOG_LINE_LIMIT]) for offset, line in enumerate(lines)]
