"""A runner on a real state file, a link that is played by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from agent.directory import NodeRecord
from agent.operations.context import Context
from agent.operations.registry import HANDLERS
from agent.state import database
from agent.state.agent_state import AgentState
from agent.tasks.runner import Runner
from tests.kit.agent_state import opened_state
from tests.kit.played_link import PlayedLink
from tests.kit.polling import eventually

RECORD = NodeRecord(
    node_id="n1",
    name="n1",
    workspace="default/default",
    agent_api="https://127.0.0.1:1",
    heartbeat_interval_s=1,
    joined_at=0,
)
Handler = Callable[[Context, Any], Awaitable[Any]]


RATE = 50


@pytest.fixture
def fast_clock(monkeypatch: pytest.MonkeyPatch) -> MockClock:
    """Fifty times as fast, but no jumping: worker threads take real time, and so does the disk."""
    monkeypatch.setattr(database, "PATIENCE_S", RATE * database.PATIENCE_S)
    monkeypatch.setattr(database, "HANGS_AFTER_S", RATE * database.HANGS_AFTER_S)
    return MockClock(rate=RATE)


async def soon(condition: Callable[[], object], what: str) -> None:
    """As `eventually`, in the seconds of the fast clock: a busy machine takes its time."""
    await eventually(condition, what, seconds=2000)


@pytest.fixture
def link() -> PlayedLink:
    return PlayedLink()


@asynccontextmanager
async def running(state: AgentState, link: PlayedLink, *, confirmed: bool = True) -> AsyncIterator[Runner]:
    """A runner; what was interrupted before is confirmed at once, or by the test."""
    async with trio.open_nursery() as nursery:
        runner = Runner(state, link, RECORD, None)  # type: ignore[arg-type]
        await nursery.start(runner.run)
        if confirmed:
            runner.confirm(runner.held)
        yield runner
        nursery.cancel_scope.cancel()


class Agent:
    """`async with agent() as runner`: one life of an agent, always on the same files."""

    def __init__(self, folder: Path, link: PlayedLink) -> None:
        self._folder, self._link = folder, link

    @asynccontextmanager
    async def __call__(self, *, confirmed: bool = True) -> AsyncIterator[Runner]:
        async with self.state() as state, running(state, self._link, confirmed=confirmed) as runner:
            yield runner

    def state(self) -> AbstractAsyncContextManager[AgentState]:
        """Its files alone."""
        return opened_state(self._folder)


@pytest.fixture
def agent(tmp_path: Path, link: PlayedLink) -> Agent:
    return Agent(tmp_path / "state", link)


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Puts a handler in the place of that of `collect_facts`."""
    return lambda handler: monkeypatch.setitem(HANDLERS, "collect_facts", handler)
