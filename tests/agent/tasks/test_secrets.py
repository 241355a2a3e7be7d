"""What a node is told and must not say: in no log, no error, no journal longer than it is needed."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest
from trio.testing import MockClock

from agent.operations.context import Context
from agent.operations.failure import OperationFailed
from agent.operations.registry import HANDLERS
from agent.tasks.redaction import Redaction
from nimbus.protocol.kinds import MASK
from nimbus.protocol.messages import RESULT_LIMIT_BYTES, LeasedTask
from tests.agent.tasks.conftest import Agent, soon
from tests.kit.played_link import TAKEN, PlayedLink
from tests.kit.secret_kind import KIND, register

TOKEN = "token-that-nobody-sees"
LEASE = LeasedTask(
    id="t1", kind=KIND, attempt=1, timeout_s=60, parameters={"address": "10.0.0.1", "join_token": TOKEN}
)


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch)


def test_every_line_of_a_secret_is_one() -> None:
    lease = LeasedTask(
        id="t1", kind=KIND, attempt=1, timeout_s=1, parameters={"join_token": "first line\nsecond line\nab"}
    )
    redaction = Redaction(lease)
    assert redaction.text("x first line, second line y") == f"x {MASK}, {MASK} y"
    assert redaction.lines(b"\xff second line") == b"\xff " + MASK.encode()
    # Too short to be told from other text.
    assert redaction.text("ab") == "ab"


@pytest.mark.parametrize("error", [OperationFailed("NO", f"bad {TOKEN}", retryable=False), ValueError(TOKEN)])
async def test_not_in_its_lines_its_error_or_the_agents_log(
    agent: Agent,
    link: PlayedLink,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fast_clock: MockClock,
    error: Exception,
) -> None:
    async def handler(context: Context, parameters: Any) -> Any:
        assert parameters.join_token == TOKEN
        context.progress(f"joining with {TOKEN}", 10)
        context.progress(f"joining with {TOKEN}".encode(), 20)
        raise error

    monkeypatch.setitem(HANDLERS, KIND, handler)
    with caplog.at_level(logging.DEBUG):
        async with agent() as runner:
            await runner.accept([LEASE])
            result = await link.reported()
    assert MASK in result.error
    assert link.lines() == [f"joining with {MASK}"] * 2
    assert TOKEN not in result.error + caplog.text


async def test_off_the_disk_once_the_result_is_there(
    agent: Agent, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    held: list[LeasedTask] = []

    async def handler(_context: Context, _parameters: Any) -> Any:
        return {}

    monkeypatch.setitem(HANDLERS, KIND, handler)
    async with agent() as runner:

        def answer(_task: str, _what: str) -> Any:
            held.append(runner._journal.held()["t1"].lease)
            return TAKEN

        link.answer = answer
        await runner.accept([LEASE])
        await link.reported()
        await soon(lambda: not runner.held, "the runner forgets it")
    assert [lease.parameters for lease in held] == [{"address": "10.0.0.1", "join_token": ""}]
    async with agent.state() as state:
        assert state.journal.held() == {}


async def test_a_result_that_is_too_large_is_not_cut_but_fails(
    agent: Agent, link: PlayedLink, monkeypatch: pytest.MonkeyPatch, fast_clock: MockClock
) -> None:
    async def handler(_context: Context, _parameters: Any) -> Any:
        return {"admin_token": TOKEN, "rest": "x" * RESULT_LIMIT_BYTES}

    monkeypatch.setitem(HANDLERS, KIND, handler)
    async with agent() as runner:
        await runner.accept([LEASE])
        result = await link.reported()
    assert (result.outcome, result.error_code, result.result) == ("failed", "RESULT_TOO_LARGE", None)
    assert TOKEN not in msgspec.json.encode(result).decode()
