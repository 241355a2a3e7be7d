"""What is kept while the control plane is out of reach: bounded, in order, not lost by being sent in part."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.backlog_sender import BacklogSender
from agent.link import LinkDown, Reply
from agent.state.backlog import Backlog
from nimbus.protocol.messages import MetricBacklog, MetricSample, SystemMetrics
from tests.kit.agent_state import killed, opened_state
from tests.kit.polling import eventually


def sample(number: int) -> MetricSample:
    return MetricSample(number, SystemMetrics(cpu_percent=number))


async def everything(backlog: Backlog, limit: int = 3) -> list[int]:
    found: list[int] = []
    while (batch := await backlog.batch(limit)) is not None:
        found += [int(one.at) for one in batch.samples]
        await backlog.arrived(batch)
    return found


steps = st.lists(st.sampled_from(["add", "send", "lose", "kill"]), max_size=50)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_what_is_kept_arrives_in_order(tmp_path_factory: pytest.TempPathFactory, happened: list[str]) -> None:
    keep = 5

    async def play() -> None:
        root = tmp_path_factory.mktemp("backlog")
        folder = root / "first"
        arrived: list[int] = []
        added = 0
        for number, what in enumerate([*happened, "all"]):
            async with opened_state(folder) as state:
                state.backlog._keep = keep
                if what == "add":
                    added += 1
                    await state.backlog.add(sample(added))
                elif what == "kill":
                    folder = killed(folder, root / f"killed-{number}")
                elif what == "all":
                    was_empty = state.backlog.is_empty
                    left = await everything(state.backlog)
                    assert was_empty == (not left)
                    assert state.backlog.is_empty
                elif (batch := await state.backlog.batch(3)) is not None and what == "send":
                    arrived += [int(one.at) for one in batch.samples]
                    await state.backlog.arrived(batch)
        assert left == sorted(left)
        # The newest are never lost; what is older may be, when there is too much.
        assert set(range(max(1, added - keep + 1), added + 1)) <= {*left, *arrived}
        assert len(left) <= keep

    trio.run(play)


async def test_a_row_that_is_no_sample_is_passed_over(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        await state.backlog.add(sample(1))
        await state.backlog.add_encoded([b'{"at": 2, "met'])
        await state.backlog.add(sample(3))
        assert await everything(state.backlog) == [1, 3]


class FakeLink:
    """Answers as it is told, then with 204; None: the link goes down."""

    def __init__(self, *answers: int | None) -> None:
        self.answers = deque(answers)
        self.taken: list[float] = []

    async def request(self, method: str, target: str, body: bytes = b"", timeout: float = 60.0) -> Reply:
        assert (method, target) == ("POST", "/v1/internal/metrics")
        await trio.lowlevel.checkpoint()
        status = self.answers.popleft() if self.answers else 204
        if status is None:
            raise LinkDown
        if status == 204:
            self.taken += [one.at for one in msgspec.json.decode(body, type=MetricBacklog).samples]
        return Reply(status, b"")


@asynccontextmanager
async def sending(backlog: Backlog, link: FakeLink) -> AsyncIterator[BacklogSender]:
    sender = BacklogSender(backlog, link)  # type: ignore[arg-type]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sender.run)
        yield sender
        nursery.cancel_scope.cancel()


async def test_what_was_not_taken_is_sent_again(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        backlog, link = state.backlog, FakeLink(None, 503, 403)
        await backlog.add_encoded([msgspec.json.encode(sample(number)) for number in range(800)])
        async with sending(backlog, link) as sender:
            for left in (2, 1, 0):
                sender.wake()
                await eventually(lambda left=left: len(link.answers) == left, "the next attempt")  # type: ignore[misc]
            assert link.taken == []
            assert not backlog.is_empty
            sender.wake()
            await eventually(lambda: backlog.is_empty, "everything has arrived")
        assert link.taken == list(range(800))


async def test_a_control_plane_that_knows_no_such_path_gets_it_no_second_time(tmp_path: Path) -> None:
    async with opened_state(tmp_path / "s") as state:
        link = FakeLink(404)
        await state.backlog.add(sample(1))
        async with sending(state.backlog, link) as sender:
            sender.wake()
            await eventually(lambda: state.backlog.is_empty, "it is let go")
        assert link.taken == []
