"""What a node says of its tasks: results that cannot be used, logs without end, progress, tasks that are not
its."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.fleet.tasks.delivery import Delivery, TaskNotRunning
from nimbus.fleet.tasks.records import LogQuery, TaskReady, TaskState
from nimbus.fleet.tasks.rules import LOG_CUT, LogSize, kept_lines
from nimbus.kernel.changes import PassingChange, ResourceChanged
from nimbus.kernel.errors import Conflict, NotFound, StorageFull
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import LOG_LINE_LIMIT, TASK_LOG_BYTES, TASK_LOG_LINES, TaskProgress
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.tasks.test_delivery import lease, report, send_progress


async def leased_task(world: Slices, **fields: Any) -> tuple[str, str]:
    """A node, and a task that runs on it."""
    node = await world.add_node()
    task = await world.add_task("web-1", **fields)
    await lease(world, node.id)
    return node.id, task.id


async def state_of(world: Slices, task_id: str) -> tuple[TaskState, str]:
    shown = await world.tasks.show(ADMIN, Target(task_id))
    return shown.state, shown.error["code"] if shown.error else ""


# What a node has that is not open for it.


async def test_a_task_that_was_cancelled_while_its_node_was_away_is_told_to_it(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        await world.tasks.cancel(ADMIN, Target(task_id))
        await world.database.write(lambda tx: world.delivery.expire(tx, task_id))
        assert (await state_of(world, task_id))[0] is TaskState.CANCELLED
        assert await lease(world, node_id, task_id) == ([], [task_id])
        await report(world, node_id, task_id, "cancelled")
        assert (await state_of(world, task_id))[0] is TaskState.CANCELLED


async def test_a_task_that_nobody_knows_is_let_go(tmp_path: Path) -> None:
    """As after a backup was restored; and one of another node."""
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        other = await world.add_node("web-2")
        foreign = (await world.add_task("web-2")).id
        await lease(world, other.id)
        unknown = new_id()
        assert await lease(world, node_id, task_id, unknown, foreign, "no id at all") == (
            [],
            sorted([unknown, foreign, "no id at all"]),
        )
        assert (await state_of(world, foreign))[0] is TaskState.RUNNING


async def test_a_node_that_was_silent_and_has_the_task_still_goes_on_with_it(tmp_path: Path) -> None:
    """It has no room for more, and needs none."""
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        await world.database.write(lambda tx: world.delivery.expire(tx, task_id))
        assert (await state_of(world, task_id))[0] is TaskState.QUEUED
        assert await lease(world, node_id, task_id, capacity=0) == ([], [])
        assert (await state_of(world, task_id))[0] is TaskState.RUNNING
        await report(world, node_id, task_id)
        assert (await state_of(world, task_id))[0] is TaskState.SUCCEEDED


# Results.


@pytest.mark.parametrize(
    "error",
    [
        Conflict("two of a name"),
        KeyError("x"),
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        RecursionError(),
    ],
)
async def test_a_result_that_cannot_be_used_fails_its_task_and_is_kept(
    tmp_path: Path, error: Exception
) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)

        def use(tx: Transaction, _node_id: str, _result: Any) -> None:
            tx.execute("UPDATE nodes SET name = 'half-done'")
            tx.emit(TaskReady("half", "done", "", 0))
            raise error

        world.delivery = Delivery(world.clock, {"mesh_probe": use}, world.secret_values)
        await report(world, node_id, task_id, result={"all": "there"})
        assert await state_of(world, task_id) == (TaskState.FAILED, "RESULT_NOT_USED")
        shown = await world.tasks.show(ADMIN, Target(task_id))
        assert shown.result == {"all": "there"}
        assert await world.rows("SELECT name FROM nodes") == [("web-1",)], "what the handler did is undone"
        assert "half" not in [event.task_id for event in world.bus.of(TaskReady)]  # type: ignore[attr-defined]
        # The same again is nothing new.
        await report(world, node_id, task_id, result={"all": "there"})
        assert await state_of(world, task_id) == (TaskState.FAILED, "RESULT_NOT_USED")


async def test_a_handler_says_what_is_kept_with_the_task(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        handlers = {"mesh_probe": lambda _tx, _node_id, result: {"links": len(result)}}
        world.delivery = Delivery(world.clock, handlers, world.secret_values)
        await report(world, node_id, task_id, result=["many"] * 1000)
        assert (await world.tasks.show(ADMIN, Target(task_id))).result == {"links": 1000}


@pytest.mark.sqlite
async def test_a_store_that_is_full_marks_no_result(tmp_path: Path) -> None:
    """The node keeps it, and sends it again."""
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)

        def use(_tx: Transaction, _node_id: str, _result: Any) -> None:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        used, world.delivery = world.delivery, Delivery(world.clock, {"mesh_probe": use}, world.secret_values)
        with pytest.raises(StorageFull):
            await report(world, node_id, task_id)
        assert await state_of(world, task_id) == (TaskState.RUNNING, "")
        world.delivery = used
        await report(world, node_id, task_id)
        assert await state_of(world, task_id) == (TaskState.SUCCEEDED, "")


# Logs.


@given(
    st.integers(0, TASK_LOG_LINES),
    st.integers(0, TASK_LOG_BYTES),
    st.lists(st.text(max_size=50), max_size=60),
)
def test_a_log_has_an_end_and_one_mark(lines: int, size: int, texts: list[str]) -> None:
    before = LogSize(lines, size)
    numbered = list(enumerate(texts, start=100))
    kept, after = kept_lines(before, numbered)
    assert after.lines <= TASK_LOG_LINES + 1
    assert after.bytes <= TASK_LOG_BYTES
    assert after.is_cut == (kept[-1:] != numbered[-1:] if texts else False)
    if after.is_cut:
        assert kept[:-1] == numbered[: len(kept) - 1]
        assert kept[-1] == (numbered[len(kept) - 1][0], LOG_CUT)
        assert kept_lines(after, numbered) == ([], after)
    else:
        assert (kept, after.lines) == (numbered, lines + len(texts))


async def test_ten_thousand_lines_of_a_task_are_kept_and_the_rest_is_marked(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        for first in range(0, TASK_LOG_LINES + 2000, 500):
            message = TaskProgress(
                attempt=1, first=first, lines=tuple(f"line {first + offset}" for offset in range(500))
            )
            for _ in range(2):  # what comes twice counts once
                await send_progress(world, node_id, task_id, message)
        [(count,)] = await world.rows("SELECT COUNT(*) FROM task_log")
        assert count == TASK_LOG_LINES + 1
        [last] = await world.tasks.logs(ADMIN, Target(task_id), LogQuery(after=TASK_LOG_LINES))
        assert (last.line, last.text) == (TASK_LOG_LINES, LOG_CUT)
        again = TaskProgress(attempt=1, first=2_000_000, lines=("of a later start",))
        await send_progress(world, node_id, task_id, again)
        assert await world.rows("SELECT COUNT(*) FROM task_log") == [(count,)]


async def test_four_mebibytes_of_a_task_are_kept(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        text = "x" * (LOG_LINE_LIMIT + 500)
        for first in range(0, 1500, 250):
            message = TaskProgress(attempt=1, first=first, lines=(text,) * 250)
            await send_progress(world, node_id, task_id, message)
        [(size,)] = await world.rows("SELECT SUM(LENGTH(text)) FROM task_log")
        assert TASK_LOG_BYTES - LOG_LINE_LIMIT < size <= TASK_LOG_BYTES + len(LOG_CUT)


# Progress.


async def test_there_is_no_progress_of_a_task_that_does_not_run(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        message = TaskProgress(attempt=1, percent=50, lines=("before it was leased",))
        with pytest.raises(TaskNotRunning):
            await send_progress(world, node.id, task.id, message)
        await lease(world, node.id)
        for attempt in (2, 7):
            with pytest.raises(TaskNotRunning):
                await send_progress(world, node.id, task.id, TaskProgress(attempt=attempt, lines=("x",)))
        await report(world, node.id, task.id, "failed", 1, retryable=True)
        with pytest.raises(TaskNotRunning):
            await send_progress(world, node.id, task.id, message)
        with pytest.raises(NotFound):
            await send_progress(world, node.id, new_id(), message)
        assert await world.rows("SELECT COUNT(*) FROM task_log") == [(0,)]


async def test_lines_of_a_node_that_was_silent_for_a_while_are_taken(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        await world.database.write(lambda tx: world.delivery.expire(tx, task_id))
        await send_progress(world, node_id, task_id, TaskProgress(attempt=1, lines=("still here",)))
        assert await world.rows("SELECT text FROM task_log") == [("still here",)]


async def test_a_percentage_is_told_and_not_kept(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node_id, task_id = await leased_task(world)
        lasting = len(world.bus.of(ResourceChanged))
        for percent in (*range(101), 100):
            await send_progress(world, node_id, task_id, TaskProgress(attempt=1, percent=percent))
        told = world.bus.of(PassingChange)
        assert [event.data["percent"] for event in told] == list(range(101))  # type: ignore[attr-defined]
        assert len(world.bus.of(ResourceChanged)) == lasting + len(told), (
            "none of them is an event of the log"
        )
        assert (await world.tasks.show(ADMIN, Target(task_id))).percent == 100
