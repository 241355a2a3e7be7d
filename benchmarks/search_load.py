"""A point read while eight operators search through 300,000 tasks.

Measured is `Database.read` of one task by its id, as the API and the agents do it, from the call to the row: at
rest, and while eight tasks of the same process ask for pages of searches without end (part of a kind, the beginning
of an id, part of many nodes' names, nothing at all). Not measured: HTTP and TLS. The limit is what a person does
not notice.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import trio

from benchmarks.control_plane import prepare, temporary_folder
from benchmarks.filled_tasks import fill
from benchmarks.result import Result, percentile, within
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.records import TaskQuery
from nimbus.fleet.tasks.secret_values import SecretValues
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.events import EventBus
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.service import AuditLog

TASKS, SEARCHES = 300_000, 8
LIMIT_MS = 50.0
WORDS = ("facts", "sim-000", "3f", "probe", "nothing-like-it", "sim-0")


def run(quick: bool = False) -> list[Result]:
    """About 40 s, quick 15."""
    with temporary_folder() as folder:
        return trio.run(_measure, folder, TASKS // 10 if quick else TASKS, 5.0 if quick else 15.0)


async def _measure(folder: Path, tasks: int, seconds: float) -> list[Result]:
    prepared = await trio.to_thread.run_sync(prepare, folder, 100)
    clock = SystemClock()
    await trio.to_thread.run_sync(lambda: fill(prepared.database, tasks=tasks, lines=0, at=clock.now()))
    async with open_database(prepared.database, EventBus(), clock) as database:
        sealer = await database.read(prepared.keyring)
        audit, organizations = AuditLog(clock, sealer), Organizations(clock)
        nodes = Nodes(database, clock, audit, organizations)
        service = Tasks(database, clock, audit, organizations, nodes, SecretValues(sealer))
        ids = await database.read(_some_ids)
        at_rest = await _reads(database, ids, seconds / 3)
        searched: list[float] = []
        async with trio.open_nursery() as nursery:
            for number in range(SEARCHES):
                nursery.start_soon(_search, service, number, searched)
            under_load = await _reads(database, ids, seconds)
            nursery.cancel_scope.cancel()
    how = f"{tasks:,} tasks; {SEARCHES} searches at a time, {len(searched)} done"
    median, worst = (percentile(under_load, share) for share in (0.5, 0.99))
    rest = percentile(at_rest, 0.99)
    return [
        within(
            "point read under searches, p99",
            worst * 1000,
            "ms",
            LIMIT_MS,
            f"{how}; at rest {rest * 1000:.1f}",
        ),
        within("point read under searches, p50", median * 1000, "ms", LIMIT_MS, how),
        Result(
            "search, p99",
            round(percentile(searched, 0.99) * 1000, 1) if searched else 0.0,
            "ms",
            "",
            None,
            None,
            f"{how}; each waits for one of two threads, and for the others",
        ),
    ]


def _some_ids(tx: Transaction) -> list[str]:
    return [row[0] for row in tx.all("SELECT id FROM tasks ORDER BY id LIMIT 1000")]


async def _reads(database: Database, ids: list[str], seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.monotonic() + seconds
    for task_id in itertools.cycle(ids):
        began = time.monotonic()
        if began > until:
            return taken
        await database.read(lambda tx, task_id=task_id: store.get(tx, task_id))  # type: ignore[misc]
        taken.append(time.monotonic() - began)
        await trio.sleep(0.005)
    return taken


async def _search(service: Tasks, number: int, searched: list[float]) -> None:
    for turn in itertools.count(number):
        began = time.monotonic()
        # Of different pages: what is the same is answered from memory.
        await service.list(SYSTEM, TaskQuery(search=WORDS[turn % len(WORDS)], page=1 + turn % 997))
        searched.append(time.monotonic() - began)
