"""Lists of 1,000 rows: the time that the application takes for one.

Measured is what happens between the decoded request and the encoded body: the route's handler (the actor's
permissions, the page out of the store, through the thread that reads), the envelope with its links, and the entity
tag. Not measured: TLS, HTTP, recognition of the key, and decoding of the query. `cached`: nothing that the list is
made of has changed since it was asked for last. `cold`: rows of it have just been changed; those are made anew, all
others are looked up by id and version. `first`: nobody has asked since the start, so that all of them are made. The
rows are a control plane's own: nodes with facts and a report, tasks with
parameters and a result, audit rows of those tasks.

The peer is what a small program does: `sqlite3` with rows as dictionaries, `json.loads` for each column that holds
JSON, `json.dumps` for all; same file, same pragmas, same rows, same times, in the same process.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trio

from benchmarks.control_plane import DataDirectory, prepare, temporary_folder
from benchmarks.result import Result, percentile, within
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.db.sqlite.connection import connect
from nimbus.fleet.nodes import routes as node_routes
from nimbus.fleet.nodes.filters.service import Filters
from nimbus.fleet.nodes.records import NodePatch
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks import routes as task_routes
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import TaskRequest
from nimbus.fleet.tasks.secret_values import SecretValues
from nimbus.fleet.tasks.service import Tasks
from nimbus.http.entity_tags import entity_tag
from nimbus.http.envelope import encode_answer
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Call, Route, Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.messages import Disk, Facts, TaskResult
from nimbus.records.audit import routes as audit_routes
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Verifier

ROWS = 1000
CACHED_MS, COLD_MS = 1.5, 8.0
LISTS = ("nodes", "tasks", "audit-log")
FACTS = Facts(
    hostname="web-1.example.org",
    os="Debian GNU/Linux 12 (bookworm)",
    kernel="6.1.0-28-amd64",
    architecture="x86_64",
    cpu_model="AMD EPYC 7B13",
    cpu_count=8,
    memory_bytes=16 << 30,
    disks=(Disk("/", "/dev/vda1", "ext4", 40 << 30, 12 << 30),),
    addresses=("198.51.100.7", "10.0.0.7"),
    agent_version="0.1.0",
    python_version="3.11.2",
)
RESULT = TaskResult(attempt=1, outcome="succeeded", result={"hostname": "web-1", "cpu_count": 8})


def run(quick: bool = False) -> list[Result]:
    """About 15 s, quick 8."""
    rounds = 40 if quick else 150
    with temporary_folder() as folder:
        return trio.run(_measure, folder, rounds)


async def _measure(folder: Path, rounds: int) -> list[Result]:
    prepared = await trio.to_thread.run_sync(prepare, folder, ROWS)
    async with open_database(prepared.database, EventBus(), SystemClock()) as database:
        product = _Product(database, await database.read(prepared.keyring))
        await product.fill(prepared)
        results = []
        for name in LISTS:
            results += await product.measure(name, _Peer(prepared.database, name), rounds)
    return results


class _Product:
    def __init__(self, database: Database, sealer: Any) -> None:
        clock = SystemClock()
        audit = AuditLog(clock, sealer)
        organizations = Organizations(clock)
        self._database = database
        self._nodes = Nodes(database, clock, audit, organizations)
        secret_values = SecretValues(sealer)
        self._tasks = Tasks(database, clock, audit, organizations, self._nodes, secret_values)
        self._delivery = Delivery(clock, {}, secret_values)
        trail = AuditTrail(database, Verifier(database, audit), organizations.reached, audit)
        declared = [
            *node_routes.routes(self._nodes, Filters(database, organizations)),
            *task_routes.routes(self._tasks),
            *audit_routes.routes(trail),
        ]
        self._routes: dict[str, Route] = {
            name: next(r for r in declared if (r.method, r.path) == ("GET", f"/api/v1/{name}"))
            for name in LISTS
        }

    async def fill(self, prepared: DataDirectory) -> None:
        ids = [node.id for node in prepared.nodes]

        def facts(tx: Transaction) -> None:
            for node_id in ids:
                self._nodes.update_facts(tx, node_id, FACTS)

        await self._database.write(facts)
        self._node_id = ids[0]
        for node_id in ids:
            self._task = await self._tasks.create(SYSTEM, TaskRequest(node=node_id, kind="collect_facts"))
            await self._work(node_id, self._task.id)

    async def _work(self, node_id: str, task_id: str) -> None:
        def work(tx: Transaction) -> None:
            self._delivery.lease(tx, node_id, frozenset(), Room(8))
            self._delivery.result(tx, node_id, task_id, RESULT)

        await self._database.write(work)

    async def change(self, number: int) -> None:
        """One change that all three lists have to show."""
        patch = NodePatch(labels={"round": str(number)})
        await self._nodes.change(SYSTEM, Target(self._node_id), patch)
        task = await self._tasks.create(SYSTEM, TaskRequest(node=self._node_id, kind="collect_facts"))
        await self._work(self._node_id, task.id)

    async def _list(self, name: str) -> bytes:
        route = self._routes[name]
        arguments = {"per_page": str(ROWS)}
        answer = await route.handler(Call(SYSTEM, {}, route.query(per_page=ROWS), None))
        content = encode_answer(answer, route.path, arguments)
        entity_tag(answer.data, json.dumps([answer.tag, route.path]).encode() if answer.tag else content)
        return content

    async def measure(self, name: str, peer: _Peer, rounds: int) -> list[Result]:
        if len(json.loads(await self._list(name))["data"]) != ROWS or len(peer.rows()) != ROWS:
            raise RuntimeError(f"the lists of {name} do not have {ROWS} rows")
        cold, cached, plain = [], [], []
        for number in range(rounds):
            await self.change(number)
            gc.collect()
            cold.append(await self._timed(name))
            cached.append(await self._timed(name))
            began = time.perf_counter()
            size = len(peer.answer())
            plain.append((time.perf_counter() - began) * 1000)
        sizes = f"{len(await self._list(name)) // 1024} KiB, the peer's {size // 1024}"
        return [
            _result(f"list of {ROWS} {name}, cached", cached, plain, CACHED_MS, sizes),
            _result(f"list of {ROWS} {name}, cold", cold, plain, COLD_MS, sizes),
        ]

    async def _timed(self, name: str) -> float:
        """Milliseconds."""
        began = time.perf_counter()
        await self._list(name)
        return (time.perf_counter() - began) * 1000


def _result(name: str, ours: list[float], plain: list[float], limit: float, sizes: str) -> Result:
    peer = statistics.median(plain)
    value = statistics.median(ours)
    how = (
        f"handler, envelope and entity tag, p50 of {len(ours)} (p99 {percentile(ours, 0.99):.1f}); {sizes}; "
        f"json and plain sqlite3 in this run: {peer:.1f} ms, ratio {value / peer:.3f}"
    )
    return within(name, value, "ms", limit, how, digits=2)


class _Peer:
    """json and sqlite3 as they come."""

    def __init__(self, file: Path, name: str) -> None:
        self._connection = connect(file, query_only=True)
        self._connection.row_factory = sqlite3.Row
        self._sql, self._json, self._times = PEER[name]

    def rows(self) -> list[dict[str, Any]]:
        rows = [dict(row) for row in self._connection.execute(f"{self._sql} LIMIT {ROWS}")]
        for row in rows:
            for column in self._json:
                if row[column] is not None:
                    row[column] = json.loads(row[column])
            for column in self._times:
                if row[column] is not None:
                    row[column] = datetime.fromtimestamp(row[column] / 1e6, UTC).isoformat()
        return rows

    def answer(self) -> bytes:
        rows = self.rows()
        return json.dumps({"data": rows, "meta": {"total": len(rows)}}).encode()


# The statement, columns that hold JSON, columns that hold a time.
PEER: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "nodes": (
        "SELECT n.*, r.report, r.last_seen_at, w.name AS workspace FROM nodes n"
        " JOIN workspaces w ON w.id = n.workspace_id LEFT JOIN node_reports r ON r.node_id = n.id"
        " WHERE n.deleted_at IS NULL ORDER BY n.name",
        ("capabilities", "labels", "facts", "report"),
        ("last_seen_at", "state_since", "created_at"),
    ),
    "tasks": (
        "SELECT t.*, n.name AS node FROM tasks t JOIN nodes n ON n.id = t.node_id ORDER BY t.created_at DESC",
        ("parameters", "result"),
        ("created_at", "due_at", "started_at", "finished_at"),
    ),
    "audit-log": ("SELECT * FROM audit_log ORDER BY sequence DESC", ("diff",), ("at",)),
}
