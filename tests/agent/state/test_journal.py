"""The journal against a model: whenever the agent is killed, nothing that was acknowledged is forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.state.journal import HeldTask, Journal
from nimbus.protocol.messages import TaskResult
from tests.kit.agent_state import killed, lease, opened_state, succeeded

STEPS = st.lists(
    st.tuples(st.sampled_from(["accept", "start", "stop", "finish", "report"]), st.integers(0, 4)),
    max_size=30,
)


def summary(held: dict[str, HeldTask]) -> list[tuple[str, int, int, int, bool]]:
    return [(key, t.lease.attempt, t.starts, t.stops, t.result is not None) for key, t in held.items()]


async def perform(journal: Journal, step: str, task_id: str) -> None:
    held = journal.get(task_id)
    if step == "accept":
        await journal.accept([lease(task_id)])
    elif held is not None and held.result is None and step == "start":
        await journal.start(task_id)
    elif held is not None and held.result is None and step == "stop" and held.deaths:
        await journal.stopped(task_id)
    elif held is not None and held.result is None and step == "finish":
        await journal.finish(task_id, succeeded())
    elif held is not None and held.result is not None and step == "report":
        await journal.reported(task_id, held.lease.attempt)


@settings(deadline=None, max_examples=40)
@given(steps=STEPS)
def test_after_a_kill_at_any_point_it_is_known_what_was_known(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def play() -> None:
        folder = tmp_path_factory.mktemp("state")
        async with opened_state(folder / "0") as state:
            for number, (step, task) in enumerate(steps):
                await perform(state.journal, step, f"t{task}")
                if number % 5 == 0 or number == len(steps) - 1:
                    left = killed(folder / "0", folder / f"killed-{number}")
                    async with opened_state(left) as again:
                        assert summary(again.journal.held()) == summary(state.journal.held())

    trio.run(play)


async def test_an_order_that_is_held_is_not_taken_twice(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        journal = state.journal
        assert [one.id for one in await journal.accept([lease("a")])] == ["a"]
        assert await journal.accept([lease("a")]) == []
        await journal.start("a")
        assert await journal.accept([lease("a")]) == []
        await journal.finish("a", succeeded())
        assert await journal.accept([lease("a")]) == []


async def test_a_later_attempt_of_a_finished_task_is_new(tmp_path: Path) -> None:
    """The control plane counts up only when it has the result."""
    async with opened_state(tmp_path / "s") as state:
        journal = state.journal
        await journal.accept([lease("a")])
        await journal.start("a")
        await state.log_buffer.add("a", [(0, "of the first attempt")])
        await journal.finish("a", TaskResult(attempt=1, outcome="failed", retryable=True))
        assert [one.attempt for one in await journal.accept([lease("a", attempt=2)])] == [2]
        held = journal.held()["a"]
        assert (held.starts, held.result) == (0, None)
        assert await state.log_buffer.after("a", -1, 9) == []
        await journal.reported("a", 1)
        assert "a" in journal.held(), "the acknowledgement of the first attempt must not end the second"


async def test_starts_are_counted_and_those_that_ended_in_order_are_no_deaths(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        await state.journal.accept([lease("a")])
        assert await state.journal.start("a") == 1
        await state.journal.stopped("a")
        assert await state.journal.start("a") == 2
    async with opened_state(tmp_path / "s") as state:
        held = state.journal.held()["a"]
        assert (held.starts, held.deaths) == (2, 1)


async def test_tasks_come_back_in_the_order_in_which_they_were_accepted(tmp_path: Path) -> None:
    names = ["z", "a", "m", "b"]
    async with opened_state(tmp_path / "s") as state:
        for name in names:
            await state.journal.accept([lease(name)])
        await state.journal.start("m")
    async with opened_state(tmp_path / "s") as state:
        assert list(state.journal.held()) == names


async def test_the_file_does_not_grow_with_what_is_over(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        await state.journal.accept([lease("stays")])
        for number in range(200):
            await perform(state.journal, "accept", f"t{number}")
            await state.journal.start(f"t{number}")
            await state.journal.finish(f"t{number}", succeeded(value="x" * 20_000))
            await state.journal.reported(f"t{number}", 1)
        assert (tmp_path / "s" / "state.db").stat().st_size < 1_000_000
    async with opened_state(tmp_path / "s") as state:
        assert list(state.journal.held()) == ["stays"]


async def test_the_files_are_for_root_only_and_forget_what_is_reported(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        await state.journal.accept([lease("a")])
        await state.journal.finish("a", succeeded(value="something that was private"))
        await state.journal.reported("a", 1)
        files = list((tmp_path / "s").iterdir())
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert b"something that was private" not in (tmp_path / "s" / "state.db").read_bytes()
