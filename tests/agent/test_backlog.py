"""What is kept while the control plane is out of reach: bounded, in order, not lost by being sent in part."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.backlog import Backlog, BacklogSender
from agent.link import LinkDown, Reply
from nimbus.protocol.messages import MetricBacklog, MetricSample, SystemMetrics
from tests.kit.polling import eventually


def sample(number: int) -> MetricSample:
    return MetricSample(number, SystemMetrics(cpu_percent=number))


def opened(folder: Path, limit: int = 5) -> Backlog:
    return Backlog(folder / "metrics.jsonl", folder / "metrics.1.jsonl", limit)


def everything(backlog: Backlog, limit: int = 3) -> list[int]:
    found: list[int] = []
    while (batch := backlog.batch(limit)) is not None:
        found += [int(one.at) for one in batch.samples]
        backlog.arrived(batch)
    return found


steps = st.lists(st.one_of(st.just("add"), st.just("send"), st.just("lose"), st.just("restart")), max_size=80)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(steps)
def test_what_is_kept_arrives_in_order(tmp_path_factory: Any, happened: list[str]) -> None:
    folder = tmp_path_factory.mktemp("backlog")
    limit, backlog = 5, opened(folder)
    arrived: list[int] = []
    added = 0
    for what in happened:
        if what == "add":
            added += 1
            backlog.add(sample(added))
        elif what == "restart":
            backlog = opened(folder)
        elif (batch := backlog.batch(3)) is not None and what == "send":
            arrived += [int(one.at) for one in batch.samples]
            backlog.arrived(batch)
    left = everything(backlog)
    assert left == sorted(left)
    assert backlog.is_empty
    assert list(folder.iterdir()) == []
    # The newest are never lost; what is older may be, when there is too much.
    assert set(range(max(1, added - limit + 1), added + 1)) <= {*left, *arrived}
    assert len(left) <= 2 * limit


def test_a_batch_that_arrives_after_its_file_has_gone(tmp_path: Path) -> None:
    backlog = opened(tmp_path)
    for number in range(1, 11):
        backlog.add(sample(number))
    batch = backlog.batch(3)
    assert batch is not None
    backlog.add(sample(11))
    backlog.arrived(batch)
    assert everything(backlog) == [6, 7, 8, 9, 10, 11]


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    backlog = opened(tmp_path)
    backlog.add(sample(1))
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"at": 2, "met\n')
    backlog = opened(tmp_path)
    backlog.add(sample(3))
    assert everything(backlog) == [1, 3]


def test_a_disk_that_fails_costs_samples_only(tmp_path: Path) -> None:
    backlog = opened(tmp_path / "nowhere")
    backlog.add(sample(1))
    assert backlog.is_empty
    assert backlog.batch() is None


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
    backlog, link = opened(tmp_path, 1000), FakeLink(None, 503, 403)
    for number in range(800):
        backlog.add(sample(number))
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
    backlog, link = opened(tmp_path), FakeLink(404)
    backlog.add(sample(1))
    async with sending(backlog, link) as sender:
        sender.wake()
        await eventually(lambda: backlog.is_empty, "it is let go")
    assert link.taken == []
