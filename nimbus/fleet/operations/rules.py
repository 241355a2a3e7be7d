"""Pure decisions of operations."""

from __future__ import annotations

from collections.abc import Iterable

from nimbus.fleet.operations.records import OperationRequest, OperationState, TaskCounts
from nimbus.fleet.tasks.records import TaskProgressRow
from nimbus.kernel.errors import invalid

MAX_NODES = 1000
MAX_NAME = 100


def check_request(request: OperationRequest) -> None:
    """Raises ValidationError."""
    if not request.name.strip() or len(request.name) > MAX_NAME:
        raise invalid("name", f"must have 1 to {MAX_NAME} characters")
    if bool(request.nodes) == bool(request.label):
        raise invalid("nodes", "or a label must be given, one of them")
    if len(request.nodes) > MAX_NODES:
        raise invalid("nodes", f"at most {MAX_NODES}")


def counted(rows: Iterable[TaskProgressRow]) -> tuple[TaskCounts, int]:
    """How many are in each state, and how far they are together, in percent."""
    states: dict[str, int] = {}
    done = total = 0
    for row in rows:
        states[row.state.value] = states.get(row.state.value, 0) + 1
        done += (row.percent or 0) if row.state.is_open else 100
        total += 1
    return TaskCounts(total=total, **states), done // total if total else 100


def state_of(counts: TaskCounts) -> OperationState:
    if counts.queued or counts.running:
        return OperationState.RUNNING
    if counts.failed:
        return OperationState.FAILED
    return OperationState.CANCELLED if counts.cancelled else OperationState.SUCCEEDED
