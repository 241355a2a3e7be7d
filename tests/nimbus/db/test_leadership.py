"""Who leads: taken, renewed, lost, and what a set clock does to it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from nimbus.db import Database, Transaction
from nimbus.db import leadership as leaders
from nimbus.db.leadership import AnotherAuthority, Leadership, NotLeading, Standing, acquire, give_up
from nimbus.kernel.clock import SystemClock
from tests.kit.database import store
from tests.kit.polling import eventually

LEASE = 8_000_000
NOW = 1_800_000_000_000_000


async def taken(database: Database, process: str, now: int) -> Standing:
    return await database.write(lambda tx: acquire(tx, "all", process, now, LEASE))


async def test_the_first_takes_it_and_keeps_it_by_renewing(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        assert await taken(database, "a", NOW) == Standing("a", 1)
        assert await taken(database, "b", NOW + 1) == Standing("a", 1)
        assert await taken(database, "a", NOW + LEASE) == Standing("a", 1)
        assert await taken(database, "b", NOW + LEASE + 1) == Standing("a", 1)


async def test_not_renewed_it_goes_to_the_next_with_the_next_epoch(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        await taken(database, "a", NOW)
        assert await taken(database, "b", NOW + LEASE + 1) == Standing("b", 2)
        assert await taken(database, "a", NOW + LEASE + 2) == Standing("b", 2)
        assert await taken(database, "a", NOW + 2 * LEASE + 2) == Standing("a", 3)


async def test_a_clock_that_was_set_back_keeps_nobody_out(tmp_path: Path) -> None:
    """The lease of a holder that was killed would end hours from now."""
    async with store(tmp_path) as database:
        await taken(database, "a", NOW)
        assert await taken(database, "b", NOW - 7_200_000_000) == Standing("b", 2)


async def test_who_gives_up_leaves_it_to_the_next_at_once(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        mine = await taken(database, "a", NOW)
        await database.write(lambda tx: give_up(tx, "all", Standing("a", mine.epoch + 1)))
        assert await taken(database, "b", NOW + 1) == mine
        await database.write(lambda tx: give_up(tx, "all", mine))
        assert await taken(database, "b", NOW + 1) == Standing("b", 2)


async def test_whoever_has_another_authority_than_the_one_that_leads_is_told(tmp_path: Path) -> None:
    async with store(tmp_path) as database:

        async def of(process: str, authority: str, now: int) -> Standing:
            return await database.write(lambda tx: acquire(tx, "all", process, now, LEASE, authority))

        await of("a", "one", NOW)
        assert await of("b", "one", NOW + 1) == Standing("a", 1)
        with pytest.raises(AnotherAuthority, match="another certificate authority"):
            await of("c", "two", NOW + 2)
        assert await of("c", "two", NOW + LEASE + 3) == Standing("c", 2), "the other one is gone"


async def test_the_clock_of_the_database_is_the_wall_clock(tmp_path: Path) -> None:
    async with store(tmp_path) as database:
        before = SystemClock().now()
        seen = await database.read(Transaction.database_time)
        assert before - 2_000 <= seen <= SystemClock().now() + 2_000


class Worker:
    """Something that only the leader does; whether it runs."""

    def __init__(self) -> None:
        self.running = 0

    def begin(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._run)

    async def _run(self) -> None:
        self.running += 1
        try:
            await trio.sleep_forever()
        finally:
            self.running -= 1


@pytest.fixture
def _short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaders, "LEASE_S", 0.6)
    monkeypatch.setattr(leaders, "RENEW_S", 0.1)
    monkeypatch.setattr(leaders, "MARGIN_S", 0.1)


@pytest.mark.usefixtures("_short_leases")
async def test_one_of_two_works_and_the_other_takes_over(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(store(tmp_path))
        another = await stack.enter_async_context(store(tmp_path))
        a, b = Leadership(database, "all", "a"), Leadership(another, "all", "b")
        work_a, work_b = Worker(), Worker()
        async with trio.open_nursery() as nursery:
            life_of_a = trio.CancelScope()

            async def live_as_a() -> None:
                with life_of_a:
                    async with trio.open_nursery() as of_a:
                        of_a.start_soon(a.run)
                        of_a.start_soon(a.lead, work_a.begin)

            nursery.start_soon(live_as_a)
            await eventually(lambda: work_a.running, "a leads")
            nursery.start_soon(b.run)
            nursery.start_soon(b.lead, work_b.begin)
            await database.write(a.check)
            with pytest.raises(NotLeading):
                await another.write(b.check)
            assert not work_b.running
            life_of_a.cancel()
            await eventually(lambda: work_b.running, "b leads")
            assert not work_a.running
            await another.write(b.check)
            with pytest.raises(NotLeading):
                await database.write(a.check)
            nursery.cancel_scope.cancel()


@pytest.mark.usefixtures("_short_leases")
async def test_who_cannot_renew_stops_before_another_may_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store(tmp_path) as database:
        a, work = Leadership(database, "all", "a"), Worker()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(a.run)
            nursery.start_soon(a.lead, work.begin)
            await eventually(lambda: work.running, "a leads")

            def away(*_: object) -> Standing:
                raise OSError("the database is away")

            monkeypatch.setattr(leaders, "acquire", away)
            await eventually(lambda: not work.running, "a has stopped")
            assert not a.leads
            monkeypatch.setattr(leaders, "acquire", acquire)
            await eventually(lambda: work.running, "a leads again")
            nursery.cancel_scope.cancel()
