"""Who follows requests gets them as they come; who is too slow hears how many were passed over."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from nimbus.edge.access_logs.arrivals import Arrivals
from nimbus.edge.access_logs.following import ENTRIES, MOST_BEHIND, Following, StreamQuery
from nimbus.edge.access_logs.records import LogEntry
from nimbus.edge.access_logs.search import Arrived


class Logs:
    """Of one day: `rows` have come, of which every tenth is asked for."""

    def __init__(self) -> None:
        self.rows = 0

    async def newest(self) -> Arrived:
        await trio.lowlevel.checkpoint()
        return Arrived(1, self.rows - 1)

    async def read(self, after: Arrived, limit: int) -> tuple[list[LogEntry], Arrived]:
        await trio.lowlevel.checkpoint()
        found = [row for row in range(after.row + 1, self.rows) if row % 10 == 0][:limit]
        reached = found[-1] if len(found) == limit else self.rows - 1
        return found, Arrived(1, reached)  # type: ignore[return-value]  # numbers stand for entries


async def test_each_is_given_once_and_in_order(autojump_clock: MockClock) -> None:
    logs, arrivals = Logs(), Arrivals()
    following = Following(Arrived(1, -1), arrivals, logs.read, logs.newest)
    assert (await following.next(1.0)).entries == []
    given: list[object] = []
    async with trio.open_nursery() as nursery:

        async def come() -> None:
            batches = [1, 9, 300, 12_000, 5]
            while batches:
                await trio.sleep(1)
                logs.rows += batches.pop(0)
                arrivals.tell()

        nursery.start_soon(come)
        while len(given) < 1232:
            step = await following.next(10.0)
            assert not step.skipped
            assert 0 < len(step.entries) <= ENTRIES
            given += step.entries
    assert given == list(range(0, 12_315, 10))
    assert following.cursor == "1-12314"


async def test_what_is_too_much_is_passed_over(autojump_clock: MockClock) -> None:
    logs = Logs()
    following = Following(Arrived(1, -1), Arrivals(), logs.read, logs.newest)
    logs.rows = MOST_BEHIND + 5000
    step = await following.next(1.0)
    assert step.skipped == logs.rows - ENTRIES
    assert list[object](step.entries) == [
        row for row in range(logs.rows - ENTRIES, logs.rows) if row % 10 == 0
    ]
    assert (await following.next(1.0)) == ([], 0)


def test_a_stream_goes_on_after_a_cursor() -> None:
    assert StreamQuery().arrival_after is None
    assert StreamQuery(after="20000-17").arrival_after == Arrived(20_000, 17)
