"""Tasks from the order to the report, on a real state file."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from agent.link import Reply
from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from agent.operations.registry import HANDLERS
from agent.state import database
from agent.state.agent_state import AgentState
from agent.state.database import StateUnwritable
from agent.tasks.lanes import Room
from agent.tasks.runner import Runner
from nimbus.protocol import kinds
from nimbus.protocol.messages import TaskResult
from tests.agent.tasks.conftest import Agent, running, soon
from tests.kit.agent_state import lease, succeeded
from tests.kit.played_link import TAKEN, PlayedLink


async def test_a_result_is_on_disk_before_it_is_sent_and_forgotten_after(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    seen: list[bool] = []

    async def handler(context: Context, _parameters: Any) -> Any:
        context.progress("half", 50)
        return {"resumed": context.resumed}

    handle(handler)
    async with agent() as runner:

        def answer(_task: str, what: str) -> Reply:
            if what == "result":
                seen.append(runner._journal.held()["t1"].result is not None)
            return TAKEN

        link.answer = answer
        await runner.accept([lease()])
        result = await link.reported()
        await soon(lambda: not runner._journal.held() and not runner.held, "journal and runner forget it")
    assert (result.outcome, result.result) == ("succeeded", {"resumed": False})
    assert seen == [True]
    assert link.lines() == ["half"]


async def test_an_interrupted_task_goes_on_when_it_is_wanted_still(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    runs: list[bool] = []

    async def handler(context: Context, _parameters: Any) -> Any:
        runs.append(context.resumed)
        if not context.resumed:
            await trio.sleep_forever()

    handle(handler)
    async with agent() as runner:
        await runner.accept([lease()])
        await soon(lambda: runs, "it runs")
    async with agent(confirmed=False) as runner:
        assert runner.held == ["t1"]
        assert runner.has_unconfirmed
        assert [one["state"] for one in runner.describe()] == ["waiting"]
        runner.confirm(["another"])
        assert runs == [False], "nobody has said that it is wanted"
        runner.confirm(["t1"])
        await link.reported()
    assert runs == [False, True]
    assert link.lines() == ["[started again, for the second time: the agent was interrupted]"]


async def test_an_interrupted_task_that_is_not_wanted_any_more_never_runs_again(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    """It was cancelled while the agent was away, or has ended, or the control plane never heard of it: the state
    file is an old copy."""
    runs = 0

    async def handler(_context: Context, _parameters: Any) -> Any:
        nonlocal runs
        runs += 1
        await trio.sleep_forever()

    handle(handler)
    async with agent() as runner:
        await runner.accept([lease("cancelled"), lease("unknown")])
        await soon(lambda: runs == 2, "they run")
    link.answer = lambda task, _what: Reply(404, b"{}") if task == "unknown" else TAKEN
    async with agent(confirmed=False) as runner:
        runner.cancel(["cancelled", "unknown"])
        runner.confirm(["cancelled", "unknown"])
        assert (await link.reported("cancelled")).outcome == "cancelled"
        await soon(lambda: not runner.held, "both are let go")
    assert runs == 2


async def test_a_finished_result_is_sent_after_a_restart_without_running_again(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        return "kept"

    handle(handler)
    link.go_down()
    async with agent() as runner:
        await runner.accept([lease()])
        await soon(lambda: runner.unreported, "it has ended")

    async def must_not_run(_context: Context, _parameters: Any) -> Any:
        raise AssertionError("must not run")

    handle(must_not_run)
    link.come_up()
    async with agent():
        assert (await link.reported()).result == "kept"


async def test_a_task_that_kills_its_agent_is_begun_three_times(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    """The others that ran beside it are not counted for its sake: what was interrupted runs alone."""
    runs: list[str] = []

    def runs_as(name: str) -> Any:
        async def handler(_context: Context, _parameters: Any) -> Any:
            runs.append(name)
            await trio.sleep_forever()

        return handler

    async with agent.state() as state:
        await state.journal.accept([lease("killer"), lease("beside")])
        await state.journal.start("killer")
        await state.journal.start("beside")
    for starts in (2, 3):
        handle(runs_as("killer"))
        async with agent.state() as state:
            held = state.journal.held()
            assert (held["killer"].deaths, held["beside"].deaths) == (starts - 1, 1)
            async with running(state, link) as runner:
                await soon(lambda starts=starts: len(runs) == starts - 1, "one of them runs")  # type: ignore[misc]
                assert runner._lanes.running == ["killer"]
                # As a kill does: nothing is said of an end in order.
                state.journal.stopped = nothing  # type: ignore[method-assign, assignment]

    async def well(_context: Context, _parameters: Any) -> Any:
        return "well"

    handle(well)
    async with agent():
        died = await link.reported("killer")
        assert (died.outcome, died.error_code, died.retryable) == ("failed", "AGENT_DIED", True)
        assert "3 times" in died.error
        assert (await link.reported("beside")).result == "well"


async def nothing(_task_id: str) -> None:
    """In the place of `Journal.stopped`."""


async def test_ends_in_order_are_no_deaths(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    runs: list[bool] = []

    async def handler(context: Context, _parameters: Any) -> Any:
        runs.append(context.resumed)
        if len(runs) < 6:
            await trio.sleep_forever()
        return "in the end"

    handle(handler)
    async with agent() as runner:
        await runner.accept([lease()])
        await soon(lambda: len(runs) == 1, "it runs")
    for number in range(2, 6):
        async with agent():
            await soon(lambda number=number: len(runs) == number, "it runs again")  # type: ignore[misc]
    async with agent():
        assert (await link.reported()).result == "in the end"


async def outcome_of(agent: Agent, link: PlayedLink, **fields: Any) -> TaskResult:
    async with agent() as runner:
        await runner.accept([lease(**fields)])
        return await link.reported()


async def test_a_task_that_takes_too_long_fails_and_may_be_tried_again(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        await trio.sleep_forever()

    handle(handler)
    result = await outcome_of(agent, link, timeout_s=5)
    assert (result.outcome, result.error_code, result.retryable) == ("failed", "TIMEOUT", True)


async def test_a_failure_by_intent(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        raise OperationFailed("NO_DISK", "there is no disk", retryable=False)

    handle(handler)
    result = await outcome_of(agent, link)
    assert (result.error_code, result.error, result.retryable) == ("NO_DISK", "there is no disk", False)


@pytest.mark.parametrize("error", [KeyError("x"), OSError(2, "no such file", "\udcff.txt"), RecursionError()])
async def test_a_failure_by_mistake(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock, error: Exception
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        raise error

    handle(handler)
    result = await outcome_of(agent, link)
    assert (result.error_code, result.outcome) == ("INTERNAL", "failed")


async def test_what_is_no_json_fails_the_task_alone(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        return {"name": "\udcff"}

    handle(handler)
    assert (await outcome_of(agent, link)).error_code == "INTERNAL"


async def test_an_unknown_kind_is_refused_for_good(
    agent: Agent, link: PlayedLink, fast_clock: MockClock
) -> None:
    result = await outcome_of(agent, link, kind="from_the_future")
    assert (result.error_code, result.retryable) == ("KIND_UNKNOWN", False)


async def test_a_cancelled_task_says_so(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    started = trio.Event()

    async def handler(_context: Context, _parameters: Any) -> Any:
        started.set()
        await trio.sleep_forever()

    handle(handler)
    async with agent() as runner:
        await runner.accept([lease()])
        await started.wait()
        runner.cancel(("t1", "unknown"))
        runner.cancel(("t1",))
        assert (await link.reported()).outcome == "cancelled"


async def test_a_huge_result_is_cut_and_marked(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        return "x" * 1_000_000

    handle(handler)
    result = await outcome_of(agent, link)
    assert result.truncated
    assert len(result.result) < 200_000


def break_writes(state: AgentState, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_arguments: Any, **_options: Any) -> Any:
        await trio.lowlevel.checkpoint()
        raise StateUnwritable("the disk is full")

    monkeypatch.setattr(state.database, "perform", refused)


async def test_a_state_that_cannot_be_written_stops_no_loop(
    agent: Agent, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    async with agent.state() as state, running(state, link) as runner:
        await state.journal.accept([lease()])
        break_writes(state, monkeypatch)
        with pytest.raises(StateUnwritable):
            await runner.accept([lease("t2")])
    async with running(state, link):
        result = await link.reported()
        assert (result.error_code, result.retryable) == ("STATE_UNWRITABLE", True)
        assert "t2" not in link.results


async def test_a_result_that_cannot_be_written_is_sent_all_the_same(
    agent: Agent, link: PlayedLink, handle: Any, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    async with agent.state() as state, running(state, link) as runner:

        async def handler(context: Context, _parameters: Any) -> Any:
            break_writes(state, monkeypatch)
            context.progress("said without a disk", None)
            return "there"

        handle(handler)
        await runner.accept([lease()])
        assert (await link.reported()).result == "there"
        assert link.lines() == ["said without a disk"]
        await soon(lambda: state.journal.behind == 1, "that it was reported is to be written")
        monkeypatch.undo()
        await state.journal.catch_up()
        assert state.journal.behind == 0
    async with agent.state() as state:
        assert state.journal.held() == {}


async def test_a_disk_that_hangs_keeps_no_result_back(
    agent: Agent, link: PlayedLink, handle: Any, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    monkeypatch.setattr(database, "PATIENCE_S", 40)
    monkeypatch.setattr(database, "HANGS_AFTER_S", 80)
    goes_on = threading.Event()
    async with agent.state() as state, trio.open_nursery() as nursery, running(state, link) as runner:

        async def hang() -> None:
            await state.database.perform(lambda _connection: goes_on.wait(60), patience_s=math.inf)

        async def handler(context: Context, _parameters: Any) -> Any:
            nursery.start_soon(hang)
            context.progress("said while the disk hangs", None)
            return "there"

        handle(handler)
        await runner.accept([lease()])
        try:
            assert (await link.reported()).result == "there"
            assert link.lines() == ["said while the disk hangs"]
            await soon(lambda: "does not answer" in state.problem, "it is noticed")
            assert runner.room == Room(0, 0)
        finally:
            goes_on.set()
        await soon(lambda: not state.database.problem, "it answers again")
        await state.journal.catch_up()
        assert not state.problem
    async with agent.state() as state:
        assert state.journal.held() == {}


async def test_what_excludes_each_other_runs_in_turn_and_what_is_quick_beside_it(
    agent: Agent, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, handle: Any, fast_clock: MockClock
) -> None:
    long = kinds.TaskKind("mesh_probe", "", kinds.MeshProbe, exclusive=("docker",))
    monkeypatch.setitem(kinds.KINDS, "mesh_probe", long)
    running_now = most = 0

    async def turn(context: Context, _parameters: Any) -> Any:
        nonlocal most, running_now
        running_now += 1
        most = max(most, running_now)
        # Until the quick one has gone past all of them.
        await link.reported("q")
        running_now -= 1

    async def quick(_context: Context, _parameters: Any) -> Any:
        return "quick"

    monkeypatch.setitem(HANDLERS, "mesh_probe", turn)
    handle(quick)
    async with agent() as runner:
        orders = [lease(f"d{number}", kind="mesh_probe") for number in range(8)]
        await runner.accept(orders)
        assert runner.room == Room(general=0, quick=4)
        assert [one["state"] for one in runner.describe()] == ["running"] + 7 * ["waiting"]
        await runner.accept([lease("q")])
        assert (await link.reported("q")).result == "quick"
        await link.reported("d7")
    assert most == 1
    assert [task for task, what in link.asked if what == "result" and task != "q"] == [
        one.id for one in orders
    ]


async def test_a_waiting_task_is_cancelled_without_having_begun(
    agent: Agent, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    long = kinds.TaskKind("mesh_probe", "", kinds.MeshProbe, exclusive=("k3s",))
    monkeypatch.setitem(kinds.KINDS, "mesh_probe", long)
    runs = 0

    async def turn(_context: Context, _parameters: Any) -> Any:
        nonlocal runs
        runs += 1
        await trio.sleep_forever()

    monkeypatch.setitem(HANDLERS, "mesh_probe", turn)
    async with agent() as runner:
        await runner.accept([lease("first", kind="mesh_probe"), lease("second", kind="mesh_probe")])
        runner.cancel(["second"])
        assert (await link.reported("second")).outcome == "cancelled"
        runner.cancel(["first"])
        await link.reported("first")
    assert runs == 1


async def test_no_orders_are_taken_while_they_could_not_be_remembered(
    agent: Agent, link: PlayedLink, fast_clock: MockClock
) -> None:
    async with agent.state() as state, running(state, link) as runner:
        assert runner.room == Room(8, 4)
        state._problem = "the disk is full"
        assert runner.room == Room(0, 0)


async def test_a_later_attempt_takes_the_place_of_a_result_that_is_under_way(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    """The answer to the first one was lost: that there is a second says that it arrived."""

    async def handler(_context: Context, _parameters: Any) -> Any:
        return "second"

    handle(handler)
    async with agent.state() as state:
        await state.journal.accept([lease()])
        await state.journal.finish("t1", succeeded(value="first"))
        link.answer = lambda _task, _what: Reply(503, b"")
        async with running(state, link) as runner:
            await soon(lambda: link.asked, "the first is under way")
            await runner.accept([lease(attempt=2)])
            link.answer = lambda _task, _what: TAKEN
            result = await link.reported()
            await soon(lambda: not runner.held, "all is reported")
    assert [(one.attempt, one.result) for one in link.results["t1"]] == [(2, "second")]
    assert isinstance(runner, Runner)
    assert result.attempt == 2
