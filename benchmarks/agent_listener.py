"""The agents' listener with the real handlers, against stock hypercorn and Quart on Trio that do the same work.

Ours is the whole control plane (`benchmarks.observed_api`), with its background work. Theirs is
`benchmarks.stock_server`: the same decoding, presence and `Delivery.result`, each result in a transaction of its
own through a thread. Certificates, database settings, nodes, tasks and load are the same. The load is a
process of its own: 256 mTLS connections, each of another node, that send the next request when they have the
answer to the last. Requests are divided by the CPU time (user and system, all threads) that the server process
used meanwhile, so neither the load nor other work on the machine is in the figure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.control_plane import ROOT, START_S, DataDirectory, prepare, running, started, temporary_folder
from benchmarks.result import Result
from nimbus.db import Transaction
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.records import Task, TaskState
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.ids import new_id
from nimbus.people.organizations.service import Organizations

CONNECTIONS = 256
GOAL = 10.0
# Tasks for each connection: enough that the load ends by the clock (it ends early when one has no more).
TASKS = {"nimbus": 250, "stock": 25}
KINDS = ("result", "heartbeat")
NAMES = {"result": "task results (one durable write)", "heartbeat": "heartbeats (no write)"}


def run(quick: bool = False) -> list[Result]:
    """About 45 s, quick 20."""
    seconds = 1.5 if quick else 5.0
    rates = {
        (name, kind): rate for name in ("stock", "nimbus") for kind, rate in measure(name, seconds).items()
    }
    return [_result(kind, rates["nimbus", kind], rates["stock", kind]) for kind in reversed(KINDS)]


def _result(kind: str, ours: float, stock: float) -> Result:
    ratio = ours / stock
    return Result(
        name=f"agent listener: {NAMES[kind]}",
        value=round(ours),
        unit="requests/CPU-second",
        goal=f">= {GOAL:g} x stock",
        ratio=round(ratio, 1),
        met=ratio >= GOAL,
        how=f"{CONNECTIONS} mTLS connections; hypercorn-trio with Quart-Trio, same handlers and run: {stock:.0f}",
    )


def measure(name: str, seconds: float) -> dict[str, float]:
    """Requests per second of the server's CPU, by kind."""
    with temporary_folder() as folder:
        prepared = prepare(folder, CONNECTIONS)
        tasks = give_tasks(prepared, TASKS[name])
        (folder / "tasks.json").write_text(json.dumps(tasks), "utf-8")
        server = _nimbus(prepared) if name == "nimbus" else _stock(prepared)
        with server as (pid, host, port):
            return {kind: _load(folder, kind, pid, host, port, seconds) for kind in KINDS}


@contextmanager
def _nimbus(prepared: DataDirectory) -> Iterator[tuple[int, str, int]]:
    with running(prepared) as control_plane:
        yield control_plane.process.pid, "127.64.0.1", prepared.config.agent_port


@contextmanager
def _stock(prepared: DataDirectory) -> Iterator[tuple[int, str, int]]:
    with started(["benchmarks.stock_server", prepared.config.data_dir]) as (process, reports):
        port = reports.wait("port", START_S)["port"]
        yield process.pid, "127.0.0.1", port


def _load(folder: Path, kind: str, pid: int, host: str, port: int, seconds: float) -> float:
    command = [sys.executable, "-m", "benchmarks.agent_load", str(folder), kind, str(pid), host, str(port)]
    done = subprocess.run(
        [*command, str(seconds)], stdout=subprocess.PIPE, check=True, cwd=ROOT, timeout=START_S + 10 * seconds
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return float(figures["requests"] / figures["cpu"])


def give_tasks(prepared: DataDirectory, count: int) -> dict[str, list[str]]:
    """`count` tasks for each node, leased to it already, made in turns; their ids by node."""
    clock = SystemClock()
    given: dict[str, list[str]] = {node.id: [] for node in prepared.nodes}

    def work(tx: Transaction) -> None:
        workspace = Organizations(clock).ensure_default(tx)
        for _ in range(count):
            for node_id, ids in given.items():
                task = _task(workspace.id, node_id, clock.now())
                store.insert(tx, task, [])
                store.lease(tx, task.id, 1, clock.now())
                ids.append(task.id)

    prepared.write(work)
    return given


def _task(workspace_id: str, node_id: str, now: int) -> Task:
    return Task(
        id=new_id(),
        workspace_id=workspace_id,
        node_id=node_id,
        kind="collect_facts",
        parameters={},
        state=TaskState.QUEUED,
        attempt=0,
        max_attempts=3,
        timeout_s=60,
        waiting_for=0,
        due_at=now,
        cancel_requested_at=None,
        percent=None,
        result=None,
        truncated=False,
        error_code="",
        error="",
        created_by="benchmark",
        created_at=now,
        started_at=None,
        finished_at=None,
    )
