"""The statements that run for every poll and result: none may look at all tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nimbus.db import Transaction
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate
from nimbus.db.sqlite.sessions import SqliteSession
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.records import TaskQuery
from nimbus.kernel.clock import SystemClock

ID = "3f6c0e52-5f0b-4a3c-9f4e-0d6a5a4f7f10"


def searched(
    tx: Transaction, words: str, nodes: tuple[str, ...] = (), within: tuple[str, ...] | None = None
) -> object:
    query = TaskQuery(search=words)
    return store.select(
        tx, query, node_id=None, found_nodes=nodes, workspaces=within, node_names=lambda *_: {}
    )


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "ask",
    [
        lambda tx: store.get(tx, ID),
        lambda tx: store.leaseable(tx, ID, 1, 8),
        lambda tx: store.running_on(tx, ID),
        lambda tx: store.dependents(tx, ID),
        lambda tx: store.dependencies(tx, ID),
        lambda tx: store.open_tasks(tx, [ID]),
        lambda tx: store.log_lines(tx, ID, 0, 100),
        lambda tx: searched(tx, "3f6c0e52"),
        lambda tx: searched(tx, "facts", (ID,), ("w1", "w2")),
        lambda tx: searched(tx, "nobody", tuple(f"node-{number}" for number in range(500))),
    ],
    ids=[
        "get",
        "leaseable",
        "running_on",
        "dependents",
        "dependencies",
        "open_tasks",
        "log_lines",
        "search by id",
        "search by kind and node",
        "search by many nodes",
    ],
)
def test_no_scan(tmp_path: Path, ask: Callable[[Transaction], object]) -> None:
    file = tmp_path / "nimbus.db"
    migrate(file, SystemClock())
    connection = connect(file)
    try:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        ask(Transaction(SqliteSession(connection)))
        connection.set_trace_callback(None)
        assert statements
        for statement in statements:
            plan = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
            assert not [step for step in plan if step.startswith("SCAN")], statement
    finally:
        connection.close()
