"""Two processes on one database, each with a bus of its own: what each hears of the other, and in which order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio
from trio.testing import MockClock

from nimbus.db import Database, Transaction, relay_rows
from nimbus.db.relay import (
    KEPT_PASSING_S,
    KEPT_S,
    LONG_SILENCE_S,
    OWN_EVENT_S,
    Heard,
    HeardAgain,
    Relay,
    RelayBroken,
    relayed,
)
from nimbus.kernel.clock import from_seconds
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, store
from tests.kit.polling import eventually


class Happened(msgspec.Struct, frozen=True):
    number: int


class Counted(msgspec.Struct, frozen=True):
    key: str
    count: int


class Private(msgspec.Struct, frozen=True):
    number: int


class Looked(msgspec.Struct, frozen=True):
    key: str
    found: int = 0


def _looked_up(tx: Transaction, event: Looked) -> Looked:
    return Looked(event.key, tx.value("SELECT COUNT(*) FROM organizations WHERE name = ?", (event.key,)))


class Beaten(msgspec.Struct, frozen=True):
    number: int


KINDS = (
    relayed(Happened),
    relayed(Beaten, passing=True),
    relayed(Counted, once=lambda event: event.key),
    relayed(Looked, told=lambda event: Looked(event.key), completed=_looked_up),
)


class Process:
    def __init__(self, database: Database, relay: Relay, bus: RecordingBus, clock: SettableClock) -> None:
        self.database, self.relay, self.bus, self.clock = database, relay, bus, clock

    async def do(self, *events: object) -> None:
        def emit_all(tx: Transaction) -> None:
            for event in events:
                tx.emit(event)

        await self.database.write(emit_all)

    async def look(self) -> None:
        await self.relay.look(self.database)

    @property
    def heard(self) -> list[object]:
        return [event for event in self.bus.published if not isinstance(event, Heard)]


@asynccontextmanager
async def process(folder: Path, name: str, clock: SettableClock | None = None) -> AsyncIterator[Process]:
    bus, clock = RecordingBus(), clock or SettableClock()
    relay = Relay(name, KINDS, bus, clock)
    relay.kept_rows = 0
    async with store(folder, clock=clock, bus=bus, before_commit=relay.exchange) as database:
        await relay.start(database)
        yield Process(database, relay, bus, clock)


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[Process, Process]]:
    async with process(folder, "a") as a, process(folder, "b") as b:
        yield a, b


async def test_what_one_did_the_other_hears_once_and_in_order(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1), Happened(2))
        await a.do(Happened(3))
        await b.look()
        await b.look()
        assert b.heard == [Happened(1), Happened(2), Happened(3)]
        assert a.heard == [Happened(1), Happened(2), Happened(3)]
        await a.look()
        assert len(a.heard) == 3


async def test_what_is_not_on_the_list_stays(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Private(1))
        await b.look()
        assert b.heard == []
        assert await a.database.read(relay_rows.bounds) == relay_rows.RelayBounds(0, 0)


async def test_of_many_in_a_commit_the_last_is_told(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Counted("x", 1), Counted("y", 1), Happened(1), Counted("x", 2))
        await b.look()
        assert b.heard == [Counted("y", 1), Happened(1), Counted("x", 2)]


async def test_what_is_not_put_into_rows_is_read_with_them(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):

        def insert_and_emit(tx: Transaction) -> None:
            tx.execute("INSERT INTO organizations (id, name, created_at) VALUES ('1', 'acme', 0)")
            tx.emit(Looked("acme", 99))

        await a.database.write(insert_and_emit)
        await b.look()
        assert b.heard == [Looked("acme", 1)]


async def test_nothing_of_its_own_is_published_before_what_others_committed_before(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1))
        await b.do(Happened(2))
        await a.do(Happened(3))
        assert b.heard == [Happened(1), Happened(2)]
        assert a.heard == [Happened(1), Happened(2), Happened(3)]
        await b.look()
        assert b.heard == [Happened(1), Happened(2), Happened(3)]


async def test_also_when_a_commit_has_nothing_to_tell(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1))
        await b.do(Private(2))
        assert b.heard == [Happened(1), Private(2)]


async def test_a_commit_that_fails_tells_nobody(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):

        def emit_and_fail(tx: Transaction) -> None:
            tx.emit(Happened(1))
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            await a.database.write(emit_and_fail)
        await a.do(Happened(2))
        await b.look()
        assert b.heard == [Happened(2)]


async def test_many_writers_at_once_see_one_order(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):

        async def write(process: Process, first: int) -> None:
            for number in range(first, first + 50):
                await process.do(Happened(number))

        async with trio.open_nursery() as nursery:
            for one in (a, b):
                nursery.start_soon(one.relay.follow, one.database)
            async with trio.open_nursery() as writers:
                for one, first in ((a, 0), (b, 1000), (a, 2000), (b, 3000)):
                    writers.start_soon(write, one, first)
            await eventually(lambda: len(a.heard) == len(b.heard) == 200, "each has heard all")
            nursery.cancel_scope.cancel()
        assert a.heard == b.heard


async def test_a_process_that_starts_hears_what_comes_from_then_on(tmp_path: Path) -> None:
    async with process(tmp_path, "a") as a:
        await a.do(Happened(1))
        async with process(tmp_path, "b") as b:
            await a.do(Happened(2))
            await b.look()
            assert b.heard == [Happened(2)]


async def test_who_has_not_looked_for_longer_than_rows_are_kept_ends(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1))
        a.clock.advance(KEPT_S + 1)
        await a.relay.prune(a.database)
        with pytest.raises(RelayBroken, match="too long"):
            await b.look()
        with pytest.raises(RelayBroken):
            await b.do(Happened(2))


async def test_what_was_heard_may_be_pruned(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1))
        await b.look()
        a.clock.advance(KEPT_S + 1)
        await a.do(Happened(2))
        await a.relay.prune(a.database)
        await b.look()
        assert b.heard == [Happened(1), Happened(2)]
        assert await a.database.read(relay_rows.bounds) == relay_rows.RelayBounds(2, 1)


async def test_a_clock_that_is_set_ahead_takes_nothing_that_is_about_to_be_read(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1), Happened(2))
        a.relay.kept_rows = 2
        a.clock.jump(2 * KEPT_S)
        await a.relay.prune(a.database)
        await b.look()
        assert b.heard == [Happened(1), Happened(2)]


async def test_what_the_next_one_replaces_is_kept_for_a_minute_and_nobody_misses_it(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Beaten(1), Happened(1))
        a.clock.advance(KEPT_PASSING_S + 1)
        await a.do(Beaten(2))
        await a.relay.prune(a.database)
        await b.look()
        assert b.heard == [Happened(1), Beaten(2)]


async def test_a_kind_of_a_newer_version_is_passed_over(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.database.write(lambda tx: relay_rows.append(tx, "newer", 0, [("NotYet", "{}")]))
        await a.do(Happened(1))
        await b.look()
        assert b.heard == [Happened(1)]


async def test_what_cannot_be_read_ends_the_process(tmp_path: Path) -> None:
    async with two(tmp_path) as (a, b):
        await a.database.write(
            lambda tx: relay_rows.append(tx, "newer", 0, [("Happened", '{"number": "x"}')])
        )
        with pytest.raises(RelayBroken, match="Happened cannot be read"):
            await b.look()


async def test_after_a_silence_what_was_not_heard_says_nothing(tmp_path: Path, mock_clock: MockClock) -> None:
    async with two(tmp_path) as (a, b):
        await a.do(Happened(1))
        mock_clock.jump(LONG_SILENCE_S + 1)
        await b.look()
        await b.look()
        assert b.heard == [Happened(1), HeardAgain()]


async def test_an_own_row_whose_commit_nobody_heard_of_is_told_by_the_row(
    tmp_path: Path, mock_clock: MockClock
) -> None:
    """The connection was lost at the commit: the writer could not say whether it happened."""
    async with two(tmp_path) as (a, b):
        rows = [("Happened", '{"number":1}')]
        await a.database.write(lambda tx: relay_rows.append(tx, "a", from_seconds(0), rows))
        await b.do(Happened(2))
        await a.look()
        assert a.heard == []
        mock_clock.jump(OWN_EVENT_S)
        await a.look()
        assert a.heard == [Happened(1), Happened(2)]
