"""Results: kept until they are taken, none before the others."""

from __future__ import annotations

from typing import Any

import pytest
from trio.testing import MockClock

from agent.link import Reply
from agent.operations.context import Context
from tests.agent.tasks.conftest import Agent, soon
from tests.kit.agent_state import lease
from tests.kit.played_link import TAKEN, PlayedLink


async def handler(_context: Context, _parameters: Any) -> Any:
    return "done"


@pytest.mark.parametrize("status", [400, 403, 408, 409, 422, 429, 500, 503, 507])
async def test_a_result_that_is_refused_is_kept_and_blocks_no_other(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock, status: int
) -> None:
    handle(handler)
    link.answer = lambda task, _what: Reply(status, b"{}") if task == "refused" else TAKEN
    async with agent() as runner:
        await runner.accept([lease("refused")])
        await soon(lambda: len(link.asked) > 2, "it is tried again")
        await runner.accept([lease("a"), lease("b"), lease("c")])
        for name in "abc":
            await link.reported(name)
        await soon(lambda: runner.held == ["refused"], "it is kept")
    async with agent() as runner:
        assert runner.held == ["refused"], "also by the next run of the agent"
        link.answer = lambda _task, _what: TAKEN
        assert (await link.reported("refused")).result == "done"
        await soon(lambda: not runner.held, "it is over")


async def test_a_result_is_let_go_when_nobody_knows_its_task(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    handle(handler)
    link.answer = lambda _task, _what: Reply(404, b"{}")
    async with agent() as runner:
        await runner.accept([lease()])
        await soon(lambda: not runner.held, "it is let go")
    assert len(link.asked) == 1
    async with agent() as runner:
        assert runner.held == []


async def test_of_a_result_that_is_too_large_the_outcome_arrives(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    handle(handler)
    answers = [Reply(413, b"{}"), TAKEN]
    link.answer = lambda _task, _what: answers.pop(0)
    async with agent() as runner:
        await runner.accept([lease()])
        result = await link.reported()
        await soon(lambda: not runner.held, "it is over")
    assert (result.outcome, result.result, result.truncated) == ("succeeded", None, True)


async def test_a_result_that_is_too_large_whatever_is_left_of_it_is_let_go(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    handle(handler)
    link.answer = lambda _task, _what: Reply(413, b"{}")
    async with agent() as runner:
        await runner.accept([lease()])
        await soon(lambda: not runner.held, "it is let go")
    assert len(link.asked) == 2


async def test_away_from_the_control_plane_results_wait(
    agent: Agent, link: PlayedLink, handle: Any, fast_clock: MockClock
) -> None:
    handle(handler)
    link.go_down()
    async with agent() as runner:
        await runner.accept([lease(name) for name in "abc"])
        await soon(lambda: len(runner.unreported) == 3, "they have run")
        link.come_up()
        for name in "abc":
            await link.reported(name)
