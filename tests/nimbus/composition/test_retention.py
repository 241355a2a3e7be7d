"""Every table has a line that says how long its rows are kept, and what it says happens."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.appliance.retention import Retention, remove_old_backups
from nimbus.composition.retention import retention_lines
from nimbus.db import Transaction, retention
from nimbus.db.retention import is_vouched_for, mark_clock
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.operations.records import CancelRequest, OperationRequest
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit.database import plain_connection
from tests.kit.operations import operations_of
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.tasks.test_delivery import lease, report

DAY_S = 86_400.0


@pytest.mark.sqlite
def test_every_table_has_one_line(tmp_path: Path) -> None:
    connection = plain_connection(tmp_path)
    tables = sorted(
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not row[0].startswith("sqlite_")
    )
    connection.close()
    lines = [line.table for line in retention_lines(ControlPlaneConfig())]
    assert sorted(lines) == tables, "nimbus/composition/retention.py lists them"
    assert all(line.keeps for line in retention_lines(ControlPlaneConfig()))


class World:
    def __init__(self, joined: Slices, folder: Path, **settings: Any) -> None:
        self.slices, self.clock, self.folder = joined, joined.clock, folder
        lines = retention_lines(ControlPlaneConfig(**settings))
        self.retention = Retention(joined.database, joined.clock, lines, folder / "backups", 2)

    async def live(self, hours: int) -> None:
        """Time passes while the control plane runs."""
        for _ in range(hours):
            self.clock.advance(3600)
            await self.retention.converge()

    async def ended_task(self, node: Node, *, lines: int = 0) -> str:
        task_id = (await self.slices.add_task(node.id)).id

        def end(tx: Transaction) -> None:
            now = self.clock.now()
            tx.execute("UPDATE tasks SET state = 'succeeded', finished_at = ? WHERE id = ?", (now, task_id))
            tx.execute_many(
                "INSERT INTO task_log (task_id, attempt, line, at, text) VALUES (?, 1, ?, ?, 'x')",
                [(task_id, number, now) for number in range(lines)],
            )

        await self.slices.database.write(end)
        return task_id

    async def count(self, table: str) -> int:
        [(rows,)] = await self.slices.rows(f"SELECT COUNT(*) FROM {table}")
        return int(rows)


@asynccontextmanager
async def world(folder: Path, **settings: Any) -> AsyncIterator[World]:
    async with slices(folder, mesh=True) as joined:
        yield World(joined, folder, **settings)


async def test_ended_tasks_go_by_age_with_all_that_is_theirs(tmp_path: Path) -> None:
    async with world(tmp_path, task_retention_days=3) as w:
        node = await w.slices.add_node()
        first = await w.ended_task(node, lines=5)
        waits = await w.slices.add_task(node.id, depends_on=[(await w.slices.add_task(node.id)).id])
        await w.live(48)
        second = await w.ended_task(node, lines=1)
        await w.live(23)
        assert await w.count("tasks") == 4
        await w.live(2)
        kept = {task_id for (task_id,) in await w.slices.rows("SELECT id FROM tasks")}
        assert first not in kept
        assert {second, waits.id} <= kept, "what has not ended stays, however old it is"
        assert await w.count("task_log") == 1
        assert await w.count("task_dependencies") == 1


async def test_ended_tasks_go_by_number_oldest_first(tmp_path: Path) -> None:
    async with world(tmp_path, task_retention_days=0, task_retention_count=3) as w:
        node = await w.slices.add_node()
        tasks = []
        for _ in range(6):
            tasks.append(await w.ended_task(node))
            w.clock.advance(60)
        await w.live(8)
        kept = [task_id for (task_id,) in await w.slices.rows("SELECT id FROM tasks ORDER BY finished_at")]
        assert kept == tasks[3:]


async def test_tasks_of_an_operation_stay_until_it_has_ended(tmp_path: Path) -> None:
    """It may be paused for long, and take values from their results when it goes on."""
    async with world(tmp_path, task_retention_days=1) as w:
        nodes = [await w.slices.add_node(name) for name in ("web-1", "web-2")]
        operations, _ = operations_of(w.slices)
        request = OperationRequest("look", "mesh_probe", [node.id for node in nodes], at_once=1)
        operation = Target((await operations.create(ADMIN, request)).id)
        await operations.pause(ADMIN, operation)
        [task] = (await lease(w.slices, nodes[0].id))[0]
        await report(w.slices, nodes[0].id, task.id)
        await w.live(33)
        assert await w.count("tasks") == 1
        await operations.cancel(ADMIN, operation, CancelRequest())
        await w.live(2)
        assert await w.count("tasks") == 0


async def test_large_ones_go_in_small_pieces_between_other_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PIECE", 3)
    monkeypatch.setattr(retention, "PIECE_OF_DEPENDENTS", 10)
    async with world(tmp_path, task_retention_days=1) as w:
        node = await w.slices.add_node()
        for _ in range(10):
            await w.ended_task(node, lines=27)
        pieces: list[int] = []
        write = w.slices.database.write

        async def counted(change: Any) -> Any:
            before = await w.count("task_log") + await w.count("tasks")
            answer = await write(change)
            pieces.append(before - await w.count("task_log") - await w.count("tasks"))
            return answer

        await w.live(24)
        w.slices.database.write = counted  # type: ignore[method-assign,assignment]
        await w.live(1)
        assert (await w.count("tasks"), await w.count("task_log")) == (0, 0)
        assert max(pieces) <= 13
        assert len([piece for piece in pieces if piece]) >= 28


async def test_a_deleted_node_goes_after_all_that_names_it(tmp_path: Path) -> None:
    async with world(tmp_path, ended_retention_days=3, task_retention_days=6) as w:
        gone, stays = await w.slices.add_node("gone"), await w.slices.add_node("stays")
        await w.ended_task(gone)
        await w.slices.enrolment.revocation.delete(ADMIN, Target(gone.id))
        await w.live(4 * 24)
        assert await w.count("nodes") == 2
        await w.live(3 * 24)
        assert await w.slices.rows("SELECT id FROM nodes") == [(stays.id,)]


async def test_operations_go_with_the_last_of_their_tasks(tmp_path: Path) -> None:
    async with world(tmp_path, task_retention_days=2) as w:
        node = await w.slices.add_node()
        operation = new_id()
        await w.slices.database.write(
            lambda tx: tx.execute(
                "INSERT INTO operations (id, workspace_id, name, kind, parameters, state, created_by, created_at,"
                " ended_at) VALUES (?, ?, 'x', 'collect_facts', '{}', 'succeeded', '', ?, ?)",
                (operation, w.slices.workspace.id, w.clock.now(), w.clock.now()),
            )
        )
        await w.live(24)
        task = await w.ended_task(node)
        await w.slices.database.write(
            lambda tx: tx.execute("UPDATE tasks SET operation_id = ? WHERE id = ?", (operation, task))
        )
        await w.live(40)
        assert (await w.count("operations"), await w.count("tasks")) == (1, 1)
        await w.live(12)
        assert (await w.count("operations"), await w.count("tasks")) == (0, 0)


@pytest.mark.parametrize("jump", [30 * DAY_S, 400 * DAY_S, -30 * DAY_S])
async def test_a_clock_that_is_set_deletes_nothing(tmp_path: Path, jump: float) -> None:
    async with world(tmp_path, task_retention_days=20) as w:
        node = await w.slices.add_node()
        await w.live(24)
        await w.ended_task(node)
        w.clock.jump(jump)
        await w.live(5)
        assert await w.count("tasks") == 1
        w.clock.jump(-jump)
        await w.live(24)
        assert await w.count("tasks") == 1


async def test_nothing_goes_before_the_control_plane_has_run_for_a_while(tmp_path: Path) -> None:
    """As after months in a cupboard, or with a clock that is wrong from the start."""
    async with slices(tmp_path) as joined:
        w = World(joined, tmp_path, task_retention_days=1)
        await w.ended_task(await joined.add_node())
        w.clock.advance(90 * DAY_S)
        await w.live(6)
        assert await w.count("tasks") == 1
        await w.live(2)
        assert await w.count("tasks") == 0


async def test_marks_of_the_clock_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "KEPT_MARKS", 4)
    async with slices(tmp_path) as joined:
        for _ in range(9):
            joined.clock.advance(3600)
            await joined.database.write(lambda tx: mark_clock(tx, joined.clock.now()))
        assert await joined.rows("SELECT COUNT(*) FROM clock_marks") == [(4,)]
        joined.clock.advance(6 * 3600)
        assert await joined.database.read(lambda tx: is_vouched_for(tx, joined.clock.now()))


async def test_what_each_table_holds_is_told(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        node = await w.slices.add_node()
        await w.ended_task(node, lines=7)
        views = {view.table: view for view in await w.retention.views()}
        assert views["task_log"].rows == 7
        assert (views["tasks"].rows, views["tasks"].oldest is not None) == (1, True)
        assert views["tasks"].keeps == "90 days after it has ended, the newest 200000"
        assert (views["join_tokens"].rows, views["join_tokens"].oldest) == (0, None)


def test_the_newest_backups_stay(tmp_path: Path) -> None:
    remove_old_backups(tmp_path / "nowhere", 2)
    for number in range(5):
        file = tmp_path / f"nimbus-before-migration-{number:04}.db"
        file.write_text("x")
        os.utime(file, (1_000 + number, 1_000 + number))
    (tmp_path / "monday.db").write_text("a copy of the operator's own")
    os.utime(tmp_path / "monday.db", (1, 1))
    remove_old_backups(tmp_path, 0)
    assert len(list(tmp_path.iterdir())) == 6
    remove_old_backups(tmp_path, 2)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "monday.db",
        "nimbus-before-migration-0003.db",
        "nimbus-before-migration-0004.db",
    ]


async def test_the_loop_goes_on_after_a_failure(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path) as w:
        tried = trio.Event()
        second = trio.Event()

        async def converge() -> None:
            if tried.is_set():
                second.set()
            tried.set()
            raise OSError("the disk is away")

        w.retention.converge = converge  # type: ignore[method-assign]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(w.retention.run)
            await second.wait()
            nursery.cancel_scope.cancel()
    assert "the disk is away" in caplog.text
