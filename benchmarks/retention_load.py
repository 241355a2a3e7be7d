"""Deleting ten million old rows while others write.

The rows are the log lines of tasks that ended long ago (100 of each of 100,000 tasks), deleted by the product's own
line of retention, a piece at a time. Measured is how long a small durable write of somebody else takes meanwhile
(from the call to the answer), and how fast the rows go. The limit of a write is what a person does not notice.
"""

from __future__ import annotations

import time
from pathlib import Path

import trio

from benchmarks.control_plane import prepare, temporary_folder
from benchmarks.filled_tasks import fill
from benchmarks.result import Result, percentile, within
from nimbus.composition.retention import retention_lines
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.db.retention import Line, prune_piece
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.events import EventBus

TASKS, LINES = 100_000, 100
LONG_AGO_S = 400 * 86_400
LIMIT_MS = 100.0
# So long at most: what is left then is left.
LONGEST_S = 180.0


def run(quick: bool = False) -> list[Result]:
    """About 4 minutes and 3 GB on the disk; quick 20 s and a twentieth of the rows."""
    with temporary_folder() as folder:
        return trio.run(_measure, folder, TASKS // 20 if quick else TASKS)


async def _measure(folder: Path, tasks: int) -> list[Result]:
    prepared = await trio.to_thread.run_sync(prepare, folder, 100)
    clock = SystemClock()
    at = clock.now() - LONG_AGO_S * 1_000_000
    await trio.to_thread.run_sync(lambda: fill(prepared.database, tasks=tasks, lines=LINES, at=at))
    line = next(line for line in retention_lines(prepared.config) if line.table == "tasks")
    async with open_database(prepared.database, EventBus(), clock) as database:
        at_rest = await _writes(database, until=time.monotonic() + 3)
        began = time.monotonic()
        meanwhile: list[float] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_write_until_cancelled, database, meanwhile)
            with trio.move_on_after(LONGEST_S):
                await _prune(database, line, clock)
            nursery.cancel_scope.cancel()
        seconds = time.monotonic() - began
        left = await database.read(_rows)
    gone = tasks * (LINES + 1) - left
    how = f"{tasks * LINES:,} lines of {tasks:,} tasks; {gone:,} rows went in {seconds:.0f} s"
    rest = percentile(at_rest, 0.99) * 1000
    return [
        within(
            "write while old rows go, p99",
            percentile(meanwhile, 0.99) * 1000,
            "ms",
            LIMIT_MS,
            f"{how}; at rest {rest:.1f} ms",
        ),
        within("write while old rows go, worst", max(meanwhile) * 1000, "ms", 5 * LIMIT_MS, how),
        Result("old rows deleted", round(gone / seconds), "rows/s", "", None, None, how),
    ]


async def _prune(database: Database, line: Line, clock: SystemClock) -> None:
    while await database.write(lambda tx: prune_piece(tx, line, clock.now())):
        await trio.lowlevel.checkpoint()


def _rows(tx: Transaction) -> int:
    return int(tx.value("SELECT (SELECT COUNT(*) FROM tasks) + (SELECT COUNT(*) FROM task_log)"))


def _touch(tx: Transaction) -> None:
    tx.execute("UPDATE nodes SET updated_at = updated_at + 1 WHERE id = (SELECT MIN(id) FROM nodes)")


async def _write(database: Database, taken: list[float]) -> None:
    began = time.monotonic()
    await database.write(_touch)
    taken.append(time.monotonic() - began)
    await trio.sleep(0.01)


async def _writes(database: Database, *, until: float) -> list[float]:
    taken: list[float] = []
    while time.monotonic() < until:
        await _write(database, taken)
    return taken


async def _write_until_cancelled(database: Database, taken: list[float]) -> None:
    while True:
        await _write(database, taken)
