"""What an answer means for a result, and how long to wait for the next try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.tasks.rules import (
    LINES_PER_START,
    PAUSE_LIMIT_S,
    Verdict,
    agent_died,
    first_line_number,
    pause_s,
    verdict,
    without_value,
)
from nimbus.protocol.messages import TASK_LOG_LINES, TaskResult
from tests.kit.agent_state import lease


@given(st.integers(100, 599))
def test_only_two_refusals_let_go_of_a_result(status: int) -> None:
    let_go = {404: Verdict.UNKNOWN, 413: Verdict.TOO_LARGE}
    assert verdict(status) is let_go.get(status, Verdict.TAKEN if status < 300 else Verdict.KEEP)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_to_a_limit_and_are_never_all_the_same(failures: int, random: float) -> None:
    pause = pause_s(failures, random)
    assert 0.5 <= pause <= PAUSE_LIMIT_S
    assert pause_s(failures, 0.0) <= pause <= pause_s(failures + 1, random)


@given(st.integers(1, 2000), st.integers(0, TASK_LOG_LINES - 1), st.integers(1, 2000), st.integers(0, 9999))
def test_no_number_of_a_line_is_given_twice(start: int, line: int, other: int, other_line: int) -> None:
    number = first_line_number(start) + line
    assert 0 <= number < 2**31
    assert (number == first_line_number(other) + other_line) == ((start, line) == (other, other_line))
    assert TASK_LOG_LINES <= LINES_PER_START


@pytest.mark.parametrize(
    ("deaths", "kind", "expected"),
    [
        (0, "collect_facts", None),
        (2, "collect_facts", None),
        (3, "collect_facts", True),
        (7, "unknown", False),
    ],
)
def test_a_task_is_not_begun_a_fourth_time(deaths: int, kind: str, expected: bool | None) -> None:
    died = agent_died(lease(kind=kind), deaths)
    assert (None if died is None else died.retryable) is expected


def test_a_result_that_is_too_large_leaves_what_it_says() -> None:
    result = TaskResult(
        attempt=2, outcome="failed", result="x" * 99, error_code="X", error="e", retryable=True
    )
    left = without_value(result)
    assert (left.result, left.truncated) == (None, True)
    assert (left.attempt, left.outcome, left.error_code, left.error, left.retryable) == (
        2,
        "failed",
        "X",
        "e",
        True,
    )
