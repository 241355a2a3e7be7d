"""Durable tasks per second through the product's own services, against raw sqlite3 on the same disk.

Ours: 256 callers, each with a node and one task at a time. `Tasks.create` alone (checked, authorised, audited,
with its view for the answer), then a task's whole life: created, leased and finished by `Delivery`, each a durable
transaction that the caller waits for. Theirs: a loop without any of it that inserts and updates the same rows,
256 tasks in each commit, with the same pragmas, indexes and statement cache, in a database that grows alike.
Both run in this process and take turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trio

from benchmarks.control_plane import prepare, temporary_folder
from benchmarks.result import Result
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.db.sqlite.connection import connect
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import TaskRequest, TaskView
from nimbus.fleet.tasks.secret_values import SecretValues
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.events import EventBus
from nimbus.kernel.ids import new_id
from nimbus.kernel.sealing import Sealer
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.messages import TaskResult
from nimbus.records.audit.service import AuditLog

WAITING = 256
GOAL = 0.25
LEASE = "UPDATE tasks SET state = 'running', attempt = 1, started_at = ? WHERE id = ?"
FINISH = "UPDATE tasks SET state = 'succeeded', finished_at = ?, result = ?, percent = 100 WHERE id = ?"
RESULT = TaskResult(attempt=1, outcome="succeeded", result={"hostname": "node-1", "cpu_count": 8})


def run(quick: bool = False) -> list[Result]:
    """About 15 s, quick 6."""
    rounds, tasks = (3, 4_096) if quick else (7, 8_192)
    with temporary_folder() as folder:
        ours, raw = trio.run(_measure, folder, rounds, tasks)
    return [
        _result("durable tasks created", [each["create"] for each in ours], [each["create"] for each in raw]),
        _result(
            "durable tasks created, leased and finished",
            [each["life"] for each in ours],
            [each["life"] for each in raw],
        ),
    ]


def _result(name: str, ours: list[float], raw: list[float]) -> Result:
    """From seconds for a task, one of each round."""
    rate, peer = 1 / statistics.median(ours), 1 / statistics.median(raw)
    return Result(
        name=name,
        value=round(rate),
        unit="tasks/s",
        goal=f">= {GOAL} of raw sqlite3",
        ratio=round(rate / peer, 3),
        met=rate / peer >= GOAL,
        how=f"{WAITING} callers; raw sqlite3 with {WAITING} tasks in a commit, same rows, disk and run: {peer:.0f}",
    )


Seconds = dict[str, float]
"""For a task: `create` and `life`."""


async def _measure(folder: Path, rounds: int, tasks: int) -> tuple[list[Seconds], list[Seconds]]:
    prepared = prepare(folder, 2 * WAITING)
    nodes = [node.id for node in prepared.nodes]
    ours, raw = [], []
    file = Path(prepared.config.data_dir) / "nimbus.db"
    async with open_database(file, EventBus(), SystemClock()) as database:
        sealer = await database.read(prepared.keyring)
        product = _Product(database, SystemClock(), sealer, nodes)
        await product.round(WAITING)
        peer = _Raw(folder / "raw.db", await product.sample(), nodes)
        try:
            for _ in range(rounds):
                ours.append(await product.round(tasks))
                raw.append(await trio.to_thread.run_sync(peer.round, tasks))
        finally:
            peer.close()
    return ours, raw


class _Product:
    def __init__(self, database: Database, clock: SystemClock, sealer: Sealer, nodes: list[str]) -> None:
        audit = AuditLog(clock, sealer)
        organizations = Organizations(clock)
        self._database = database
        self._nodes = nodes
        secret_values = SecretValues(sealer)
        known_nodes = Nodes(database, clock, audit, organizations)
        self._tasks = Tasks(database, clock, audit, organizations, known_nodes, secret_values)
        self._delivery = Delivery(clock, {}, secret_values)

    async def sample(self) -> dict[str, Any]:
        """The schema, and the rows of one task that was finished."""

        def rows(tx: Transaction) -> dict[str, Any]:
            schema = tx.all(
                "SELECT sql FROM sqlite_master WHERE tbl_name IN ('tasks', 'audit_log') AND sql <> ''"
            )
            task = tx.one("SELECT * FROM tasks WHERE state = 'succeeded'")
            audit = tx.one("SELECT * FROM audit_log WHERE resource_kind = 'task'")
            assert task is not None
            assert audit is not None
            return {"schema": [row["sql"] for row in schema], "tasks": dict(task), "audit_log": dict(audit)}

        return await self._database.read(rows)

    async def round(self, tasks: int) -> Seconds:
        """The first half of the nodes takes its tasks, those of the second stay queued."""

        async def create(number: int) -> TaskView:
            return await self._tasks.create(
                SYSTEM, TaskRequest(node=self._nodes[number], kind="collect_facts")
            )

        async def create_only(number: int) -> None:
            await create(WAITING + number)

        async def live(number: int) -> None:
            task = await create(number)
            await self._database.write(
                lambda tx: self._delivery.lease(tx, task.node_id, frozenset(), Room(8))
            )
            await self._database.write(lambda tx: self._delivery.result(tx, task.node_id, task.id, RESULT))

        return {"create": await _timed(create_only, tasks), "life": await _timed(live, tasks)}


async def _timed(step: Callable[[int], Awaitable[None]], tasks: int) -> float:
    """Seconds for each task, with so many callers; each is told its number."""

    async def caller(number: int) -> None:
        for _ in range(tasks // WAITING):
            await step(number)

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for number in range(WAITING):
            nursery.start_soon(caller, number)
    return (time.perf_counter() - began) / tasks


class _Raw:
    """The same rows without the product."""

    def __init__(self, file: Path, sample: dict[str, Any], nodes: list[str]) -> None:
        self._connection = connect(file)
        self._connection.execute("PRAGMA foreign_keys = OFF")
        for statement in sample["schema"]:
            self._connection.execute(statement)
        self._nodes = nodes
        self._task = {**sample["tasks"], "state": "queued", "result": None, "finished_at": None}
        self._audit = sample["audit_log"]
        self._inserts = _insert("tasks", self._task), _insert("audit_log", self._audit)
        self._finished = (sample["tasks"]["finished_at"], sample["tasks"]["result"])
        self._sequence = 0
        self._ids: list[str] = []

    def close(self) -> None:
        self._connection.close()

    def round(self, tasks: int) -> Seconds:
        seconds = {}
        for name, steps in (("create", [self._create]), ("life", [self._create, self._lease, self._finish])):
            self._ids = [new_id() for _ in range(tasks)]
            began = time.perf_counter()
            for first in range(0, tasks, WAITING):
                for step in steps:
                    self._commit(step, first)
            seconds[name] = (time.perf_counter() - began) / tasks
        return seconds

    def _create(self, number: int) -> None:
        self._sequence += 1
        task = {**self._task, "id": self._ids[number], "node_id": self._nodes[number % WAITING]}
        audit = {**self._audit, "id": new_id(), "sequence": self._sequence, "resource_id": self._ids[number]}
        self._connection.execute(self._inserts[0], list(task.values()))
        self._connection.execute(self._inserts[1], list(audit.values()))

    def _lease(self, number: int) -> None:
        self._connection.execute(LEASE, (self._task["started_at"], self._ids[number]))

    def _finish(self, number: int) -> None:
        self._connection.execute(FINISH, (*self._finished, self._ids[number]))

    def _commit(self, step: Callable[[int], None], first: int) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for number in range(first, first + WAITING):
            step(number)
        self._connection.execute("COMMIT")


def _insert(table: str, row: dict[str, Any]) -> str:
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
