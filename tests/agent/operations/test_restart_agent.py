"""Started anew: reported first, and once."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from agent.link import Reply
from agent.operations import restart_agent
from agent.operations.context import Context
from agent.tasks.runner import Runner
from nimbus.protocol.kinds import RestartAgent
from tests.agent.tasks.conftest import RECORD, soon
from tests.kit.agent_state import lease, opened_state
from tests.kit.played_link import TAKEN, PlayedLink


@pytest.fixture
def fast_clock() -> MockClock:
    return MockClock(rate=50)


async def test_the_agent_goes_when_its_result_was_taken_and_not_before(
    tmp_path: Path, fast_clock: MockClock
) -> None:
    link, seen = PlayedLink(), list[str]()
    refusals = [Reply(503, b""), Reply(503, b"")]

    def answer(_task: str, what: str) -> Reply:
        if what == "result" and refusals:
            assert not seen
            return refusals.pop()
        return TAKEN

    link.answer = answer
    async with opened_state(tmp_path / "state") as state, trio.open_nursery() as nursery:
        runner = Runner(state, link, RECORD, None, "start-1", lambda: seen.append("anew"))  # type: ignore[arg-type]
        await nursery.start(runner.run)
        await runner.accept([lease(kind="restart_agent")])
        await soon(lambda: seen, "it is started anew")
        assert not state.journal.held()
        nursery.cancel_scope.cancel()
    [result] = link.results["t1"]
    assert (result.result, refusals) == ({"start_id": "start-1"}, [])


async def test_an_agent_that_died_over_it_has_been_started_anew_already() -> None:
    anew: list[str] = []
    context = Context(
        resumed=True,
        record=RECORD,
        mesh=None,
        progress=lambda _said, _percent: None,
        start_id="start-2",
        restart_when_reported=lambda: anew.append("again"),
    )
    assert await restart_agent.run(context, RestartAgent()) == {"start_id": ""}
    assert anew == []
