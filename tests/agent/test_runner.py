"""The runner with a real journal and a link that is played by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent import runner as runner_module
from agent.directory import NodeRecord
from agent.journal import Journal, open_journal
from agent.link import LinkDown, Reply
from agent.operations.context import Context, OperationFailed
from agent.operations.registry import HANDLERS
from agent.runner import Runner
from nimbus.protocol.messages import LeasedTask, TaskProgress, TaskResult
from tests.kit.polling import eventually

RECORD = NodeRecord(
    node_id="n1",
    name="n1",
    workspace="default/default",
    agent_api="https://127.0.0.1:1",
    heartbeat_interval_s=1,
    joined_at=0,
)


class PlayedLink:
    """Stands in for `agent.link.Link`: remembers what was sent, answers as told."""

    def __init__(self) -> None:
        self.connected = True
        self.results: dict[str, list[TaskResult]] = {}
        self.progress: list[TaskProgress] = []
        self.answer: Callable[[], Reply] = lambda: Reply(204, b"")
        self.reported = trio.Event()

    async def wait_connected(self) -> None:
        while not self.connected:
            await trio.lowlevel.checkpoint()

    async def request(self, _method: str, target: str, body: bytes = b"", timeout: float = 60) -> Reply:
        await trio.lowlevel.checkpoint()
        if not self.connected:
            raise LinkDown
        answer = self.answer()
        if target.endswith("/result") and answer.status < 300:
            self.results.setdefault(target.split("/")[-2], []).append(
                msgspec.json.decode(body, type=TaskResult)
            )
            self.reported.set()
        elif target.endswith("/progress"):
            self.progress.append(msgspec.json.decode(body, type=TaskProgress))
        return answer


def lease(
    task_id: str = "t1", kind: str = "collect_facts", timeout_s: float = 60, attempt: int = 1
) -> LeasedTask:
    return LeasedTask(id=task_id, kind=kind, attempt=attempt, timeout_s=timeout_s)


@pytest.fixture
def fast_clock() -> MockClock:
    """Fifty times as fast, but no jumping: worker threads take real time."""
    return MockClock(rate=50)


@pytest.fixture
def link() -> PlayedLink:
    return PlayedLink()


@asynccontextmanager
async def running(journal: Journal, link: PlayedLink) -> AsyncIterator[Runner]:
    async with trio.open_nursery() as nursery:
        runner = Runner(journal, link, RECORD, None)  # type: ignore[arg-type]
        await nursery.start(runner.run)
        yield runner
        nursery.cancel_scope.cancel()


def handle(monkeypatch: pytest.MonkeyPatch, handler: Any) -> None:
    monkeypatch.setitem(HANDLERS, "collect_facts", handler)


async def reported(link: PlayedLink, task_id: str = "t1") -> TaskResult:
    with trio.fail_after(60):
        while task_id not in link.results:
            link.reported = trio.Event()
            await link.reported.wait()
    return link.results[task_id][0]


async def test_a_result_is_on_disk_before_it_is_sent_and_forgotten_after(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    journal = open_journal(tmp_path / "j")
    seen: list[bool] = []

    def answer() -> Reply:
        seen.append(journal.held()["t1"].result is not None)
        return Reply(204, b"")

    link.answer = answer

    async def handler(context: Context, _parameters: Any) -> Any:
        context.progress("half", 50)
        return {"resumed": context.resumed}

    handle(monkeypatch, handler)
    async with running(journal, link) as runner:
        await runner.accept([lease()])
        result = await reported(link)
        await eventually(lambda: not journal.held() and not runner.held, "journal and runner forget it")
    assert (result.outcome, result.result) == ("succeeded", {"resumed": False})
    assert seen[-1] is True
    assert [p.lines for p in link.progress] == [("half",)]


async def test_an_interrupted_task_runs_again_and_knows_it(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    journal = open_journal(tmp_path / "j")
    journal.accept([lease()])
    journal.start("t1")
    journal.close()

    async def handler(context: Context, _parameters: Any) -> Any:
        return context.resumed

    handle(monkeypatch, handler)
    async with running(open_journal(tmp_path / "j"), link):
        assert (await reported(link)).result is True


async def test_a_finished_result_is_sent_after_a_restart_without_running_again(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    journal = open_journal(tmp_path / "j")
    journal.accept([lease()])
    journal.start("t1")
    journal.finish("t1", TaskResult(attempt=1, outcome="succeeded", result="kept"))
    journal.close()

    async def handler(_context: Context, _parameters: Any) -> Any:
        raise AssertionError("must not run")

    handle(monkeypatch, handler)
    async with running(open_journal(tmp_path / "j"), link):
        assert (await reported(link)).result == "kept"


async def test_a_result_is_sent_until_it_is_taken(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    answers = [Reply(503, b""), Reply(507, b""), Reply(204, b"")]
    link.answer = lambda: answers.pop(0) if len(answers) > 1 else answers[0]

    async def handler(_context: Context, _parameters: Any) -> Any:
        return 1

    handle(monkeypatch, handler)
    async with running(open_journal(tmp_path / "j"), link) as runner:
        link.connected = False
        await runner.accept([lease()])
        await eventually(lambda: runner.capacity == runner_module.CONCURRENCY, "it has run")
        assert runner.held == ["t1"], "away from the control plane it is kept"
        link.connected = True
        await reported(link)
    assert len(link.results["t1"]) == 1


async def test_a_result_that_is_refused_for_good_is_let_go(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    link.answer = lambda: Reply(404, b"{}")

    async def handler(_context: Context, _parameters: Any) -> Any:
        return 1

    handle(monkeypatch, handler)
    async with running(open_journal(tmp_path / "j"), link) as runner:
        await runner.accept([lease()])
        await eventually(lambda: not runner.held, "it is let go")


async def outcome_of(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, handler: Any, **fields: Any
) -> TaskResult:
    handle(monkeypatch, handler)
    async with running(open_journal(tmp_path / "j"), link) as runner:
        await runner.accept([lease(**fields)])
        return await reported(link)


async def test_a_task_that_takes_too_long_fails_and_may_be_tried_again(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        await trio.sleep_forever()

    result = await outcome_of(tmp_path, link, monkeypatch, handler, timeout_s=5)
    assert (result.outcome, result.error_code, result.retryable) == ("failed", "TIMEOUT", True)


async def test_failures_by_intent_and_by_mistake(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    async def intended(_context: Context, _parameters: Any) -> Any:
        raise OperationFailed("NO_DISK", "there is no disk", retryable=False)

    result = await outcome_of(tmp_path, link, monkeypatch, intended)
    assert (result.error_code, result.error, result.retryable) == ("NO_DISK", "there is no disk", False)
    link.results.clear()

    async def mistaken(_context: Context, _parameters: Any) -> Any:
        raise KeyError("x")

    result = await outcome_of(tmp_path, link, monkeypatch, mistaken)
    assert (result.error_code, result.outcome) == ("INTERNAL", "failed")


async def test_an_unknown_kind_is_refused_for_good(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    result = await outcome_of(tmp_path, link, monkeypatch, None, kind="from_the_future")
    assert (result.error_code, result.retryable) == ("KIND_UNKNOWN", False)


async def test_a_cancelled_task_says_so(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    started = trio.Event()

    async def handler(_context: Context, _parameters: Any) -> Any:
        started.set()
        await trio.sleep_forever()

    handle(monkeypatch, handler)
    async with running(open_journal(tmp_path / "j"), link) as runner:
        await runner.accept([lease()])
        await started.wait()
        runner.cancel(("t1", "unknown"))
        assert (await reported(link)).outcome == "cancelled"


async def test_a_huge_result_is_cut_and_marked(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        return "x" * 1_000_000

    result = await outcome_of(tmp_path, link, monkeypatch, handler)
    assert result.truncated
    assert len(result.result) < 200_000


async def test_a_journal_that_cannot_be_written_stops_no_loop(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    journal = open_journal(tmp_path / "j")

    def full(*_arguments: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal, "start", full)
    monkeypatch.setattr(journal, "finish", full)
    async with running(journal, link) as runner:
        await runner.accept([lease()])
        result = await reported(link)
        assert (result.error_code, result.retryable) == ("JOURNAL_UNWRITABLE", True)


async def test_lines_said_twice_are_numbered_once(
    tmp_path: Path, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    """After a lost answer the same lines are sent again, under the same numbers."""
    go_on = trio.Event()

    async def handler(context: Context, _parameters: Any) -> Any:
        context.progress("one", None)
        context.progress("two", None)
        await go_on.wait()

    handle(monkeypatch, handler)
    link.answer = lambda: Reply(503, b"")
    async with running(open_journal(tmp_path / "j"), link) as runner:
        await runner.accept([lease()])
        await eventually(lambda: len(link.progress) > 1, "the lines were sent again")
        link.answer = lambda: Reply(204, b"")
        go_on.set()
        await reported(link)
    assert {(p.first, p.lines) for p in link.progress} == {(0, ("one", "two"))}
