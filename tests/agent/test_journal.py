"""The journal against a model: whatever is cut off a crash, nothing that was acknowledged is forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import journal as journal_module
from agent.journal import Held, Journal, open_journal
from nimbus.protocol.messages import LeasedTask, TaskResult

STEPS = st.lists(
    st.tuples(st.sampled_from(["accept", "start", "finish", "report"]), st.integers(0, 4)), max_size=30
)


def lease(task_id: str, attempt: int = 1) -> LeasedTask:
    return LeasedTask(id=task_id, kind="collect_facts", attempt=attempt, timeout_s=60)


def result(attempt: int = 1) -> TaskResult:
    return TaskResult(attempt=attempt, outcome="succeeded", result={"n": 1})


def summary(held: dict[str, Held]) -> dict[str, tuple[int, bool, bool]]:
    return {key: (one.lease.attempt, one.started, one.result is not None) for key, one in held.items()}


def perform(journal: Journal, step: str, task_id: str) -> None:
    held = journal.held().get(task_id)
    if step == "accept":
        journal.accept([lease(task_id)])
    elif held is not None and step == "start" and held.result is None:
        journal.start(task_id)
    elif held is not None and step == "finish" and held.started and held.result is None:
        journal.finish(task_id, result())
    elif held is not None and step == "report" and held.result is not None:
        journal.reported(task_id, held.lease.attempt)


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_a_reopened_journal_knows_what_the_closed_one_knew(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = open_journal(path)
    for step, number in steps:
        perform(journal, step, f"t{number}")
    known = summary(journal.held())
    journal.close()
    again = open_journal(path)
    assert summary(again.held()) == known
    again.close()


@settings(deadline=None, max_examples=60)
@given(steps=STEPS, cut=st.integers(1, 200))
def test_a_crash_in_an_append_loses_that_append_only(
    steps: list[tuple[str, int]], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The file ends within the last line: what was known before that line is known after the restart."""
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = open_journal(path)
    states = [summary(journal.held())]
    sizes = [path.stat().st_size]
    for step, number in steps:
        perform(journal, step, f"t{number}")
        if path.stat().st_size != sizes[-1]:
            states.append(summary(journal.held()))
            sizes.append(path.stat().st_size)
    journal.close()
    if len(sizes) < 2:
        return
    # More than the line feed: a line that only lacks that one is whole.
    os.truncate(path, max(sizes[-2], sizes[-1] - 2 - cut % (sizes[-1] - sizes[-2])))
    again = open_journal(path)
    assert summary(again.held()) == states[-2]
    # The torn line is gone: what is appended now is whole.
    again.accept([lease("after")])
    again.close()
    last = open_journal(path)
    assert "after" in last.held()
    last.close()


def test_an_order_that_is_held_is_not_taken_twice(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "j")
    assert [one.id for one in journal.accept([lease("a")])] == ["a"]
    assert journal.accept([lease("a")]) == []
    journal.start("a")
    assert journal.accept([lease("a")]) == []
    journal.finish("a", result())
    assert journal.accept([lease("a")]) == []


def test_a_later_attempt_of_a_finished_task_is_new(tmp_path: Path) -> None:
    """The control plane counts up only when it has the result."""
    journal = open_journal(tmp_path / "j")
    journal.accept([lease("a")])
    journal.start("a")
    journal.finish("a", TaskResult(attempt=1, outcome="failed", retryable=True))
    assert [one.attempt for one in journal.accept([lease("a", attempt=2)])] == [2]
    held = journal.held()["a"]
    assert (held.started, held.result) == (False, None)
    journal.reported("a", 1)
    assert "a" in journal.held(), "the acknowledgement of the first attempt must not end the second"


def test_a_task_that_was_started_before_is_resumed(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "j")
    journal.accept([lease("a")])
    assert journal.start("a") is False
    journal.close()
    assert open_journal(tmp_path / "j").start("a") is True


def test_reported_tasks_are_written_out_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "COMPACT_ABOVE_BYTES", 2000)
    path = tmp_path / "j"
    journal = open_journal(path)
    journal.accept([lease("stays")])
    for number in range(50):
        journal.accept([lease(f"t{number}")])
        journal.start(f"t{number}")
        journal.finish(f"t{number}", result())
        journal.reported(f"t{number}", 1)
    assert path.stat().st_size < 3000
    journal.close()
    assert list(open_journal(path).held()) == ["stays"]


def test_the_file_is_for_root_only(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        open_journal(tmp_path / "j").close()
    finally:
        os.umask(previous)
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j"
    journal = open_journal(path)
    journal.accept([lease("first")])
    real_write = os.write

    def write_a_little(handle: int, data: memoryview) -> int:
        real_write(handle, bytes(data[:7]))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", write_a_little)
    with pytest.raises(OSError, match="No space"):
        journal.accept([lease("second")])
    monkeypatch.undo()
    assert list(journal.held()) == ["first"]
    journal.accept([lease("third")])
    journal.close()
    assert list(open_journal(path).held()) == ["first", "third"]
