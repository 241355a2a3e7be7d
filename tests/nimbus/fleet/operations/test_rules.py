"""The state of an operation, from that of its tasks."""

from __future__ import annotations

import itertools

import pytest

from nimbus.fleet.operations.records import OperationRequest, OperationState, TaskCounts
from nimbus.fleet.operations.rules import MAX_NODES, check_request, counted, state_of
from nimbus.fleet.tasks.records import TaskProgressRow, TaskState
from nimbus.kernel.errors import ValidationError


def test_every_combination() -> None:
    for queued, running, succeeded, failed, cancelled in itertools.product((0, 1, 2), repeat=5):
        total = queued + running + succeeded + failed + cancelled
        counts = TaskCounts(
            total=total,
            queued=queued,
            running=running,
            succeeded=succeeded,
            failed=failed,
            cancelled=cancelled,
        )
        if queued or running:
            wanted = OperationState.RUNNING
        elif failed:
            wanted = OperationState.FAILED
        else:
            wanted = OperationState.CANCELLED if cancelled else OperationState.SUCCEEDED
        assert state_of(counts) is wanted


def test_how_far_they_are_together() -> None:
    rows = [
        TaskProgressRow(TaskState.QUEUED, None),
        TaskProgressRow(TaskState.RUNNING, 40),
        TaskProgressRow(TaskState.SUCCEEDED, 100),
        TaskProgressRow(TaskState.FAILED, 10),
    ]
    counts, percent = counted(rows)
    assert percent == 60
    assert counts == TaskCounts(total=4, queued=1, running=1, succeeded=1, failed=1)
    assert counted([]) == (TaskCounts(), 100)


@pytest.mark.parametrize(
    "request_",
    [
        OperationRequest("", "collect_facts", ["a"]),
        OperationRequest(" ", "collect_facts", ["a"]),
        OperationRequest("x" * 101, "collect_facts", ["a"]),
        OperationRequest("o", "collect_facts"),
        OperationRequest("o", "collect_facts", ["a"], "a=b"),
        OperationRequest("o", "collect_facts", ["a"] * (MAX_NODES + 1)),
    ],
)
def test_what_is_asked_for_is_checked(request_: OperationRequest) -> None:
    with pytest.raises(ValidationError):
        check_request(request_)
