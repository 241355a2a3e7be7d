"""How soon a control plane hears of what another one on the same PostgreSQL has committed.

Two databases with a relay each, as two processes have them, on one server with its own settings (each commit is
durable). One commits, one event in each; measured is from the answer to the commit until the other has published
the event. Once at rest; once while both commit as fast as 64 callers each can. Beside that: commits a second of the
two together, against those of one alone.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio

from benchmarks.result import Result, percentile, within
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.db.relay import Relay, relayed
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.events import EventBus
from tests.kit.postgresql import Server, is_there

LIMIT_MS = 1000.0
CALLERS = 64


class Marked(msgspec.Struct, frozen=True):
    number: int


class _Process:
    def __init__(self, database: Database, bus: EventBus) -> None:
        self.database = database
        self.heard: dict[int, float] = {}
        self.commits = 0
        bus.subscribe(Marked, self._on_marked)

    def _on_marked(self, event: Marked) -> None:
        self.heard[event.number] = time.perf_counter()

    async def mark(self, number: int) -> float:
        """When it was answered."""

        def work(tx: Transaction) -> None:
            tx.execute("INSERT INTO clock_marks (at) VALUES (?) ON CONFLICT DO NOTHING", (number,))
            tx.emit(Marked(number))

        await self.database.write(work)
        self.commits += 1
        return time.perf_counter()


def why_not() -> str:
    return "" if is_there() else "PostgreSQL 15 is not installed (apt install postgresql-15)"


def run(quick: bool = False) -> list[Result]:
    """About 20 s, quick 8."""
    server = Server(fsync="on", full_page_writes="on")
    server.start()
    try:
        server.execute("CREATE DATABASE several TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        return trio.run(_measure, server.url("several"), quick)
    finally:
        server.remove()


@asynccontextmanager
async def _process(url: str, name: str) -> AsyncIterator[_Process]:
    bus, clock = EventBus(), SystemClock()
    relay = Relay(name, [relayed(Marked)], bus, clock)
    async with open_database(url, bus, clock, before_commit=relay.exchange) as database:
        await relay.start(database)
        process = _Process(database, bus)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay.follow, database)
            yield process
            nursery.cancel_scope.cancel()


async def _measure(url: str, quick: bool) -> list[Result]:
    seconds, times = (2.0, 100) if quick else (6.0, 300)
    async with _process(url, "a") as a, _process(url, "b") as b:
        at_rest = [await _until_heard(a, b, number) for number in range(times)]
        alone = await _load([a], seconds, 1_000_000)
        under_load: list[float] = []
        async with trio.open_nursery() as nursery:

            async def look() -> None:
                for number in range(times):
                    under_load.extend([await _until_heard(a, b, 2_000_000_000 + number)])

            nursery.start_soon(look)
            together = await _load([a, b], seconds, 100_000_000)
            nursery.cancel_scope.cancel()
    how = f"p50 {percentile(at_rest, 0.5):.1f} ms, {len(at_rest)} times, one commit at a time"
    loaded = (
        f"p50 {percentile(under_load, 0.5):.1f} ms, {len(under_load)} times, {together:.0f} commits/s of both"
    )
    return [
        within("a change of one heard by the other, p99", percentile(at_rest, 0.99), "ms", LIMIT_MS, how),
        within(
            "a change of one heard by the other while both write, p99",
            percentile(under_load, 0.99),
            "ms",
            LIMIT_MS,
            loaded,
        ),
        Result(
            "durable changes of two control planes together",
            round(together),
            "changes/s",
            "none: they write in turn",
            round(together / alone, 2),
            None,
            f"of what one alone does: {alone:.0f}; {CALLERS} callers each, each change told to the other",
        ),
    ]


async def _until_heard(a: _Process, b: _Process, number: int) -> float:
    """Milliseconds."""
    answered = await a.mark(number)
    while number not in b.heard:
        await trio.sleep(0.0005)
    return max(0.0, b.heard[number] - answered) * 1000


async def _load(processes: list[_Process], seconds: float, first: int) -> float:
    """Changes a second."""
    before = sum(process.commits for process in processes)
    numbers = iter(range(first, first + 50_000_000))

    async def call(process: _Process) -> None:
        while True:
            await process.mark(next(numbers))

    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            for process in processes:
                for _ in range(CALLERS):
                    nursery.start_soon(call, process)
    return (sum(process.commits for process in processes) - before) / seconds
