"""Lines on their way: in order, each once, none lost, memory bounded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from agent.link import Reply
from agent.operations.context import Context
from agent.state.agent_state import AgentState
from agent.state.database import StateUnwritable
from agent.state.log_buffer import Line
from agent.tasks.output import LEFT_OUT
from agent.tasks.runner import Runner
from agent.tasks.task_log import PERCENT_INTERVAL_S, SAID_BYTES, WINDOW_BYTES, TaskLog
from nimbus.protocol.messages import PROGRESS_BYTES_LIMIT, PROGRESS_LINES_LIMIT
from tests.agent.tasks.conftest import Agent, soon
from tests.kit.agent_state import killed, lease, opened_state
from tests.kit.played_link import TAKEN, PlayedLink
from tests.kit.polling import eventually


def log_of(state: AgentState, link: PlayedLink, *, is_resumed: bool = False) -> TaskLog:
    return TaskLog("t1", 1, state.log_buffer, link, is_resumed=is_resumed)  # type: ignore[arg-type]


async def test_all_lines_are_there_before_the_result(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(context: Context, _parameters: Any) -> Any:
        for number in range(2000):
            context.progress(f"line {number}", None)

    handle(handler)
    async with agent() as runner:
        await runner.accept([lease()])
        await link.reported()
    assert link.lines() == [f"line {number}" for number in range(2000)]
    assert link.asked.index(("t1", "result")) == len(link.asked) - 1


async def test_what_is_said_while_the_control_plane_is_away_arrives_later(
    agent: Agent, link: PlayedLink, handle: Any
) -> None:
    async def handler(context: Context, _parameters: Any) -> Any:
        for number in range(5000):
            context.progress(f"line {number} " + "x" * 500, number // 50)
            while said_bytes(runner) > SAID_BYTES // 2:
                await trio.sleep(0.1)

    handle(handler)
    link.go_down()
    async with agent() as runner:
        await runner.accept([lease()])
        await soon(lambda: runner.unreported, "it has ended")
    link.come_up()
    async with agent():
        await link.reported()
    assert [line.split()[1] for line in link.lines()] == [str(number) for number in range(5000)]


def said_bytes(runner: Runner) -> int:
    """Of lines that are not on disk yet."""
    return runner._tasks["t1"].lines._said_bytes


async def test_after_a_kill_lines_are_sent_and_numbered_apart(tmp_path: Path, link: PlayedLink) -> None:
    async with opened_state(tmp_path / "s") as state:
        await state.journal.accept([lease()])
        first = log_of(state, link)
        first.begin(1)
        first.say("one\ntwo", None)
        assert await first.flush()
        first.say("three\nfour", None)
        await first.store()
        left = killed(tmp_path / "s", tmp_path / "killed")
    async with opened_state(left) as state:
        second = log_of(state, link, is_resumed=True)
        second.begin(2)
        second.say("one again", None)
        assert await second.flush()
    assert link.numbered() == {0: "one", 1: "two", 2: "three", 3: "four", 1_000_000: "one again"}


async def test_after_a_lost_answer_the_same_lines_have_the_same_numbers(
    tmp_path: Path, link: PlayedLink
) -> None:
    async with opened_state(tmp_path / "s") as state:
        log = log_of(state, link)
        log.say("one\ntwo", None)
        link.answer = lambda _task, _what: Reply(503, b"")
        assert not await log.flush()
        log.say("three", None)
        link.answer = lambda _task, _what: TAKEN
        assert await log.flush()
        assert await state.log_buffer.after("t1", -1, 10) == [], "what was sent is freed"
    assert link.numbered() == {0: "one", 1: "two", 2: "three"}


class SlowBuffer:
    """Lines in memory. Who reads has what there was when it asked, and hears of it later."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self.answers = trio.Event()

    async def add(self, _task_id: str, lines: list[Line]) -> None:
        self._lines += lines

    async def after(self, _task_id: str, number: int, limit: int) -> list[Line]:
        found = [line for line in self._lines if line[0] > number][:limit]
        await self.answers.wait()
        return found

    async def drop(self, _task_id: str, through: int) -> None:
        self._lines = [line for line in self._lines if line[0] > through]


async def test_what_is_said_while_the_disk_is_read_is_not_lost(link: PlayedLink) -> None:
    buffer = SlowBuffer()
    log = TaskLog("t1", 1, buffer, link, is_resumed=True)  # type: ignore[arg-type]
    log.begin(2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(log.flush)
        await wait_all_tasks_blocked()
        log.say("one\ntwo", None)
        nursery.start_soon(log.store)
        await wait_all_tasks_blocked()
        buffer.answers.set()
    assert await log.flush()
    assert link.lines() == ["one", "two"]


async def test_messages_are_bounded(tmp_path: Path, link: PlayedLink) -> None:
    async with opened_state(tmp_path / "s") as state:
        log = log_of(state, link)
        for number in range(900):
            log.say(f"{number} " + "x" * (3000 if number % 2 else 3), None)
            if number % 50 == 0:
                await log.store()
        assert await log.flush()
    assert len(link.lines()) == 900
    for message in link.progress["t1"]:
        assert len(message.lines) <= PROGRESS_LINES_LIMIT
        assert sum(map(len, message.lines)) <= PROGRESS_BYTES_LIMIT


async def test_memory_holds_a_window(tmp_path: Path, link: PlayedLink) -> None:
    link.go_down()
    async with opened_state(tmp_path / "s") as state:
        log = log_of(state, link)
        for number in range(9000):
            log.say(f"{number} " + "x" * 300, None)
            if number % 100 == 0:
                await log.store()
            assert log._said_bytes + log._window_bytes <= SAID_BYTES + WINDOW_BYTES + 5000
        await log.store()
        link.come_up()
        assert await log.flush()
    assert [line.split()[0] for line in link.lines()] == [str(number) for number in range(9000)]


async def test_without_a_disk_the_window_is_all_and_what_is_missing_is_marked(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_arguments: Any, **_options: Any) -> Any:
        await trio.lowlevel.checkpoint()
        raise StateUnwritable("the disk is full")

    async with opened_state(tmp_path / "s") as state:
        monkeypatch.setattr(state.database, "perform", full)
        log = log_of(state, link)
        for number in range(3000):
            log.say(f"{number} " + "x" * 1000, None)
            await log.store()
        assert log._said_bytes + log._window_bytes <= SAID_BYTES + WINDOW_BYTES + 5000
        assert await log.flush()
        log.say("after it", None)
        assert await log.flush()
        monkeypatch.undo()
    kept = link.lines()
    assert kept[-2:] == [LEFT_OUT, "after it"]
    assert [line.split()[0] for line in kept[:-2]] == [str(number) for number in range(len(kept) - 2)]


@pytest.mark.parametrize("status", [404, 409, 413])
async def test_lines_that_are_never_wanted_are_let_go(tmp_path: Path, link: PlayedLink, status: int) -> None:
    link.answer = lambda _task, _what: Reply(status, b"{}")
    async with opened_state(tmp_path / "s") as state:
        log = log_of(state, link)
        log.say("unwanted", None)
        assert await log.flush()
        assert log.is_sent


async def test_a_percentage_is_told_once_a_second_and_lines_do_not_wait_for_it(
    tmp_path: Path, link: PlayedLink
) -> None:
    async with opened_state(tmp_path / "s") as state, trio.open_nursery() as nursery:
        log = log_of(state, link)
        nursery.start_soon(log.follow)
        began = trio.current_time()
        while trio.current_time() < began + 2.5:
            log.say("", round((trio.current_time() - began) * 40))
            await trio.sleep(0.01)
        alone = len(link.asked)
        assert 2 <= alone <= 2.5 / PERCENT_INTERVAL_S + 2
        log.say("a line", None)
        await eventually(lambda: link.lines() == ["a line"], "the line", seconds=0.9)
        nursery.cancel_scope.cancel()
    assert link.progress["t1"][-1].percent == log.percent


async def test_a_log_that_is_refused_for_ever_does_not_keep_its_result_back(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(context: Context, _parameters: Any) -> Any:
        context.progress("nobody takes it", None)
        return 1

    handle(handler)
    link.answer = lambda _task, what: Reply(500, b"") if what == "progress" else TAKEN
    async with agent() as runner:
        await runner.accept([lease()])
        assert (await link.reported()).result == 1
        await soon(lambda: not runner.held, "it is over")


async def test_while_the_control_plane_is_busy_lines_wait_and_so_does_their_result(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(context: Context, _parameters: Any) -> Any:
        context.progress("in the end it is taken", None)

    handle(handler)
    busy = [429, 503, 507, 408] * 2
    link.answer = lambda _task, what: Reply(busy.pop(), b"") if busy and what == "progress" else TAKEN
    async with agent() as runner:
        await runner.accept([lease()])
        await link.reported()
    assert link.lines() == ["in the end it is taken"]
