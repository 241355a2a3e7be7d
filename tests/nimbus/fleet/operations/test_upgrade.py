"""Operations of a version whose tasks were all that there was of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nimbus.db.sqlite import migrate as module
from nimbus.db.sqlite.migrate import migrate, migrations
from nimbus.fleet.operations.records import OperationState
from nimbus.kernel.routing import Target
from tests.kit.clock import SettableClock
from tests.kit.operations import operations_of
from tests.kit.records import ADMIN
from tests.kit.slices import slices

# Operation, task, state, the task that it repeats.
TASKS = (
    ("done", "t1", "succeeded", None),
    ("done", "t2", "failed", None),
    ("done", "t3", "succeeded", "t2"),
    ("failed", "t4", "failed", None),
    ("failed", "t5", "cancelled", None),
    ("open", "t6", "succeeded", None),
    ("open", "t7", "queued", None),
)


IDS = {name: f"00000000-0000-7000-8000-00000000000{n}" for n, name in enumerate(("done", "failed", "open"))}


def insert(database: sqlite3.Connection, table: str, **given: object) -> None:
    """A row; what must be there and is not given is 1 or empty."""
    fields = [row for row in database.execute(f"PRAGMA table_info({table})") if row[3] and row[4] is None]
    values = {row[1]: 1 if "INT" in row[2] else "" for row in fields} | given
    names, places = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values.values()))


def old_database(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = [one for one in migrations() if one.version < 19]
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations", lambda: old)
        migrate(folder / "nimbus.db", SettableClock())
    database = sqlite3.connect(folder / "nimbus.db")
    with database:
        insert(database, "organizations", id="o", name="default")
        insert(database, "workspaces", id="w", organization_id="o", name="default")
        json = {
            "labels": "{}",
            "facts": '{"hostname": "web-1"}',
            "capabilities": "[]",
            "report": "{}",
            "deployment_mode": "standalone",
        }
        has = {row[1] for row in database.execute("PRAGMA table_info(nodes)")}
        node = {"id": "n", "workspace_id": "w", "name": "web-1", "state": "Online", **json}
        insert(database, "nodes", **{name: value for name, value in node.items() if name in has})
        for name, operation in IDS.items():
            insert(database, "operations", id=operation, workspace_id="w", name=name, parameters="{}")
        for name, task, state, retry_of in TASKS:
            insert(
                database,
                "tasks",
                id=task,
                workspace_id="w",
                node_id="n",
                kind="collect_facts",
                parameters="{}",
                state=state,
                finished_at=None if state == "queued" else 9,
                retry_of=retry_of,
                operation_id=IDS[name],
            )
    database.close()


@pytest.mark.sqlite
async def test_they_have_steps_and_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old_database(tmp_path, monkeypatch)
    async with slices(tmp_path) as joined:
        operations, reconciler = operations_of(joined)
        await reconciler.converge()
        shown = {name: await operations.show(ADMIN, Target(one)) for name, one in IDS.items()}
        assert {name: one.state for name, one in shown.items()} == {
            "done": OperationState.SUCCEEDED,
            "failed": OperationState.FAILED,
            "open": OperationState.RUNNING,
        }
        assert [step.task_id for step in shown["done"].steps] == ["t1", "t3"]
        await operations.resume(ADMIN, Target(IDS["failed"]))
        assert (await operations.show(ADMIN, Target(IDS["failed"]))).counts.queued == 2
