"""What a result makes of a task, over every combination; backoff; what a request may say."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.tasks.records import OPEN_STATES, TaskRequest, TaskState
from nimbus.fleet.tasks.rules import backoff_us, bounded_result, checked_request, judge
from nimbus.kernel.errors import ValidationError
from nimbus.protocol.messages import RESULT_LIMIT_BYTES
from tests.kit.records import result, task

EVERY = list(
    itertools.product(
        TaskState,
        (1, 2, 3),
        (1, 2, 3, 4),
        ("succeeded", "failed", "cancelled"),
        (False, True),
        (None, 5),
        ("", "FAILED", "LEASE_EXPIRED"),
    )
)


@pytest.mark.parametrize("state", TaskState)
def test_every_combination_of_task_and_result(state: TaskState) -> None:
    for now_state, attempt, reported, outcome, retryable, cancel, error_code in EVERY:
        if now_state is not state:
            continue
        held = task(state=state, attempt=attempt, cancel_requested_at=cancel, error_code=error_code)
        verdict = judge(held, result(outcome, reported, retryable=retryable), 1_000, 0.0)
        repeated = state is TaskState.QUEUED and error_code == "FAILED" and reported <= attempt
        if state not in OPEN_STATES:
            wanted = None
        elif outcome == "succeeded":
            wanted = TaskState.SUCCEEDED
        elif reported < attempt or repeated:
            wanted = None
        elif outcome == "cancelled" or (retryable and cancel):
            wanted = TaskState.CANCELLED
        else:
            wanted = TaskState.QUEUED if retryable and attempt < 3 else TaskState.FAILED
        assert verdict.state is wanted, (held, outcome, reported, retryable)
        assert (verdict.due_at is not None) is (wanted is TaskState.QUEUED)
        if verdict.due_at is not None:
            assert verdict.due_at > 1_000


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_grows_within_bounds(attempt: int, random: float) -> None:
    ceiling = min(300_000_000, 1_000_000 * 2 ** min(attempt - 1, 40))
    assert ceiling // 2 <= backoff_us(attempt, random) <= ceiling
    assert backoff_us(attempt + 1, random) >= backoff_us(attempt, random)


@given(
    st.binary(max_size=100).map(lambda b: b.hex()) | st.integers() | st.lists(st.text(max_size=5), max_size=5)
)
def test_a_small_result_is_kept_as_it_is(value: object) -> None:
    text, cut = bounded_result(value)
    assert not cut
    assert text is not None
    assert msgspec.json.decode(text) == value


@pytest.mark.parametrize("character", ["x", "é", "€", "😀", '"', "\\", "\n"])
def test_an_oversized_result_is_cut_to_valid_json(character: str) -> None:
    text, cut = bounded_result({"out": character * RESULT_LIMIT_BYTES})
    assert cut
    assert text is not None
    assert len(text.encode()) <= RESULT_LIMIT_BYTES
    assert msgspec.json.decode(text).startswith('{"out":"')


def test_the_limit_is_met_exactly() -> None:
    assert bounded_result(None) == (None, False)
    assert bounded_result("x" * (RESULT_LIMIT_BYTES - 2))[1] is False
    assert bounded_result("x" * (RESULT_LIMIT_BYTES - 1))[1] is True


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (TaskRequest("n", "reboot"), "kind"),
        (TaskRequest("n", "collect_facts", {"x": 1}), "parameters"),
        (TaskRequest("n", "mesh_probe", {"count": "3"}), "parameters"),
        (TaskRequest("n", "collect_facts", timeout_s=0), "timeout_s"),
        (TaskRequest("n", "collect_facts", timeout_s=86401), "timeout_s"),
        (TaskRequest("n", "collect_facts", max_attempts=0), "max_attempts"),
        (TaskRequest("n", "collect_facts", max_attempts=21), "max_attempts"),
    ],
)
def test_what_a_request_may_not_say(request_: TaskRequest, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        checked_request(request_)
    assert caught.value.details[0]["field"] == field


def test_parameters_are_stored_complete() -> None:
    kind, parameters = checked_request(TaskRequest("n", "mesh_probe", {"count": 5}))
    assert kind.name == "mesh_probe"
    assert parameters == {"count": 5, "wait_ms": 1000}
