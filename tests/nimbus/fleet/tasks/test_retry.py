"""The same order once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.fleet.tasks.records import TaskRequest, TaskState
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden, NotFound
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.tasks.test_delivery import lease, report


async def failed(world: Slices, node_id: str, **fields: object) -> str:
    task = await world.add_task("web-1", max_attempts=1, **fields)
    await lease(world, node_id)
    await report(world, node_id, task.id, "failed", error="no")
    return task.id


async def test_a_failed_task_is_ordered_again(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        first = await failed(world, node.id, parameters={"count": 7}, timeout_s=33)
        again = await world.tasks.retry(ADMIN, Target(first))
        assert (again.state, again.attempt, again.retry_of) == (TaskState.QUEUED, 0, first)
        assert (again.parameters["count"], again.timeout_s, again.max_attempts) == (7, 33, 1)
        assert (await world.tasks.show(ADMIN, Target(first))).state is TaskState.FAILED
        [leased], _ = await lease(world, node.id)
        assert leased.id == again.id
        await report(world, node.id, again.id)
        assert (await world.tasks.show(ADMIN, Target(again.id))).state is TaskState.SUCCEEDED
        rows = await world.rows("SELECT diff FROM audit_log WHERE resource_id = ?", again.id)
        assert first in str(rows)


async def test_a_cancelled_one_waits_for_nothing(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        first = await world.add_task("web-1", max_attempts=1)
        second = await world.tasks.create(
            ADMIN, TaskRequest(node="web-1", kind="mesh_probe", depends_on=[first.id])
        )
        await lease(world, node.id)
        await report(world, node.id, first.id, "failed")
        again = await world.tasks.retry(ADMIN, Target(second.id))
        assert (again.depends_on, again.retry_of) == ((), second.id)
        [leased], _ = await lease(world, node.id)
        assert leased.id == again.id


async def test_what_is_open_or_succeeded_is_not(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        with pytest.raises(Conflict, match="is queued"):
            await world.tasks.retry(ADMIN, Target(task.id))
        await lease(world, node.id)
        with pytest.raises(Conflict, match="is running"):
            await world.tasks.retry(ADMIN, Target(task.id))
        await report(world, node.id, task.id)
        with pytest.raises(Conflict, match="is succeeded"):
            await world.tasks.retry(ADMIN, Target(task.id))


async def test_the_node_must_be_there(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await failed(world, node.id)
        await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
        with pytest.raises(NotFound):
            await world.tasks.retry(ADMIN, Target(task))


async def test_who_may_not_write_tasks_may_not(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await failed(world, node.id)
        held = frozenset({Permission.TASK_READ, Permission.AGENT_READ})
        reader = Actor("user", "r", "r", Access(workspaces={world.workspace.id: held}))
        with pytest.raises(Forbidden):
            await world.tasks.retry(reader, Target(task))
        with pytest.raises(NotFound):
            await world.tasks.retry(ADMIN, Target(new_id()))
