"""Leases out, results in: at least once, once counted, whatever is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nimbus.db import Transaction
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import LogQuery, TaskClosed, TaskRequest, TaskState
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, ValidationError
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import RESULT_LIMIT_BYTES, LeasedTask, TaskProgress
from tests.kit.records import ADMIN, facts, result
from tests.kit.slices import Slices, slices


async def lease(
    world: Slices, node_id: str, *held: str, capacity: int = 8
) -> tuple[list[LeasedTask], list[str]]:
    return await world.database.write(
        lambda tx: world.delivery.lease(tx, node_id, frozenset(held), Room(capacity))
    )


async def report(
    world: Slices, node_id: str, task_id: str, outcome: str = "succeeded", attempt: int = 1, **f: Any
) -> None:
    message = result(outcome, attempt, **f)
    await world.database.write(lambda tx: world.delivery.result(tx, node_id, task_id, message))


async def send_progress(world: Slices, node_id: str, task_id: str, message: TaskProgress) -> None:
    await world.database.write(lambda tx: world.delivery.progress(tx, node_id, task_id, message))


async def test_a_lease_that_was_lost_on_the_way_is_delivered_again_as_the_same_attempt(
    tmp_path: Path,
) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        [first], _ = await lease(world, node.id)
        assert (first.id, first.attempt, first.kind) == (task.id, 1, "mesh_probe")
        assert await lease(world, node.id, task.id) == ([], [])
        [again], _ = await lease(world, node.id)
        assert again == first


async def test_capacity_counts_what_is_delivered_again(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        made = [await world.add_task("web-1") for _ in range(5)]
        assert len((await lease(world, node.id, capacity=2))[0]) == 2
        assert (await lease(world, node.id, capacity=0))[0] != []
        three, _ = await lease(world, node.id, capacity=3)
        assert len(three) == 3
        rest, _ = await lease(world, node.id, *[task.id for task in three], capacity=50)
        assert {task.id for task in (*three, *rest)} == {task.id for task in made}


async def test_a_task_that_is_cancelled_before_its_delivery_never_runs(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        queued, lost = await world.add_task("web-1"), await world.add_task("web-1")
        assert (await world.tasks.cancel(ADMIN, Target(queued.id))).state is TaskState.CANCELLED
        await lease(world, node.id)
        assert (await world.tasks.cancel(ADMIN, Target(lost.id))).state is TaskState.RUNNING
        assert await lease(world, node.id) == ([], [])
        assert (await world.tasks.show(ADMIN, Target(lost.id))).state is TaskState.CANCELLED
        with pytest.raises(Conflict, match="cancelled already"):
            await world.tasks.cancel(ADMIN, Target(queued.id))


async def test_a_running_task_is_told_to_stop_until_it_reports(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        await lease(world, node.id)
        assert (await world.tasks.cancel(ADMIN, Target(task.id))).cancel_requested
        await world.tasks.cancel(ADMIN, Target(task.id))
        assert await lease(world, node.id, task.id) == ([], [task.id])
        await report(world, node.id, task.id, "cancelled")
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.CANCELLED


async def test_a_lease_that_expires_gives_the_same_attempt_again(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        await lease(world, node.id)
        await world.database.write(lambda tx: world.delivery.expire(tx, task.id))
        shown = await world.tasks.show(ADMIN, Target(task.id))
        assert (shown.state, shown.error and shown.error["code"]) == (TaskState.QUEUED, "LEASE_EXPIRED")
        await report(world, node.id, task.id, "failed", 1, retryable=True, error="late")
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.QUEUED
        world.clock.advance(10)
        [again], _ = await lease(world, node.id)
        assert again.attempt == 2


async def test_a_lease_that_expired_twice_is_still_the_first_attempt(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1", max_attempts=1)
        for _ in range(3):
            [leased], _ = await lease(world, node.id)
            assert leased.attempt == 1
            await world.database.write(lambda tx: world.delivery.expire(tx, task.id))
        await report(world, node.id, task.id)
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.SUCCEEDED
        assert await lease(world, node.id) == ([], [])


async def test_a_cancelled_task_whose_lease_expires_is_over(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        await lease(world, node.id)
        await world.tasks.cancel(ADMIN, Target(task.id))
        await world.database.write(lambda tx: world.delivery.expire(tx, task.id))
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.CANCELLED


async def test_retries_are_counted_and_an_older_attempts_failure_is_ignored(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1", max_attempts=2)
        await lease(world, node.id)
        await report(world, node.id, task.id, "failed", 1, retryable=True, error_code="X", error="first")
        assert await lease(world, node.id) == ([], [])
        world.clock.advance(2)
        [second], _ = await lease(world, node.id)
        assert second.attempt == 2
        await report(world, node.id, task.id, "failed", 1, retryable=False, error="old")
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.RUNNING
        await report(world, node.id, task.id, "failed", 2, retryable=True, error_code="Y", error="second")
        shown = await world.tasks.show(ADMIN, Target(task.id))
        assert (shown.state, shown.error) == (TaskState.FAILED, {"code": "Y", "message": "second"})


async def test_the_same_result_again_changes_nothing(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        retried, done = await world.add_task("web-1"), await world.add_task("web-1")
        await lease(world, node.id)
        await report(world, node.id, retried.id, "failed", 1, retryable=True, error="no")
        await report(world, node.id, done.id, result=None)
        before = await world.rows("SELECT * FROM tasks ORDER BY id")
        world.clock.advance(0.4)
        await report(world, node.id, retried.id, "failed", 1, retryable=True, error="no")
        await report(world, node.id, done.id, "failed", 1, error="no, after all")
        assert await world.rows("SELECT * FROM tasks ORDER BY id") == before
        assert len(world.bus.of(TaskClosed)) == 1


async def test_a_task_belongs_to_its_node(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node, other = await world.add_node(), await world.add_node("web-2")
        task = await world.add_task("web-1")
        await lease(world, node.id)
        assert await lease(world, other.id) == ([], [])
        with pytest.raises(Forbidden):
            await report(world, other.id, task.id)
        with pytest.raises(NotFound):
            await report(world, node.id, new_id())
        with pytest.raises(Forbidden):
            await world.database.write(
                lambda tx: world.delivery.progress(tx, other.id, task.id, TaskProgress(attempt=1))
            )


async def test_a_chain_waits_and_a_failure_cancels_all_that_follows(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        first = await world.add_task("web-1")
        second = await world.add_task("web-1", depends_on=[first.id])
        third = await world.add_task("web-1", depends_on=[second.id, first.id, first.id])
        [only], _ = await lease(world, node.id)
        assert only.id == first.id
        await report(world, node.id, first.id)
        [leased], _ = await lease(world, node.id)
        assert leased.id == second.id
        await report(world, node.id, second.id, "failed", error="broken")
        shown = await world.tasks.show(ADMIN, Target(third.id))
        assert shown.state is TaskState.CANCELLED
        assert shown.error is not None
        assert shown.error["code"] == "DEPENDENCY_FAILED"
        assert [event.task_id for event in world.bus.of(TaskClosed)] == [first.id, second.id, third.id]  # type: ignore[attr-defined]
        with pytest.raises(ValidationError):
            await world.add_task("web-1", depends_on=[second.id])
        with pytest.raises(ValidationError):
            await world.add_task("web-1", depends_on=[new_id()])


async def test_each_task_of_a_lattice_is_closed_once(tmp_path: Path) -> None:
    """Everybody depends on everybody before: cancelled by several, but closed once."""
    async with slices(tmp_path) as world:
        await world.add_node()
        made: list[str] = []
        for _ in range(7):
            made.append((await world.add_task("web-1", depends_on=list(made))).id)
        await world.tasks.cancel(ADMIN, Target(made[0]))
        closed = [event.task_id for event in world.bus.of(TaskClosed)]  # type: ignore[attr-defined]
        assert sorted(closed) == sorted(made)


async def test_a_long_chain_is_cancelled_whole(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()

        def chain(tx: Transaction) -> str:
            first = last = world.tasks.add(tx, ADMIN, node, TaskRequest("web-1", "mesh_probe")).id
            for _ in range(1200):
                last = world.tasks.add(
                    tx, ADMIN, node, TaskRequest("web-1", "mesh_probe", depends_on=[last])
                ).id
            return first

        first = await world.database.write(chain)
        await world.tasks.cancel(ADMIN, Target(first))
        assert await world.rows("SELECT COUNT(*) FROM tasks WHERE state = 'cancelled'") == [(1201,)]


async def test_an_oversized_result_is_cut_and_marked(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        await lease(world, node.id)
        large = {**msgspec_facts(), "os": "x" * RESULT_LIMIT_BYTES}
        await report(world, node.id, task.id, result=large)
        shown = await world.tasks.show(ADMIN, Target(task.id))
        assert (shown.state, shown.truncated) == (TaskState.SUCCEEDED, True)
        assert shown.result.startswith("{")


def msgspec_facts() -> dict[str, Any]:
    import msgspec

    return dict(msgspec.to_builtins(facts("db-9", cpu_count=64)))


async def test_a_result_is_used_and_one_of_the_wrong_form_fails_the_task(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        good, bad = [await world.add_task("web-1", kind="collect_facts") for _ in range(2)]
        await lease(world, node.id)
        await report(world, node.id, good.id, result=msgspec_facts())
        assert (await world.nodes.show(ADMIN, Target("web-1"))).facts.cpu_count == 64
        await report(world, node.id, bad.id, result={"cpu_count": "many"})
        shown = await world.tasks.show(ADMIN, Target(bad.id))
        assert (shown.state, shown.error and shown.error["code"]) == (TaskState.FAILED, "RESULT_INVALID")


async def test_log_lines_that_come_twice_are_stored_once(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        await lease(world, node.id)
        for first, lines, percent in ((0, ("a", "b"), 10), (1, ("b", "c"), 150), (0, ("a",), -3)):
            message = TaskProgress(attempt=1, first=first, lines=lines, percent=percent)
            await send_progress(world, node.id, task.id, message)
        lines_ = await world.tasks.logs(ADMIN, Target(task.id), LogQuery())
        assert [(line.sequence, line.text) for line in lines_] == [(1, "a"), (2, "b"), (3, "c")]
        assert [
            line.text for line in await world.tasks.logs(ADMIN, Target(task.id), LogQuery(after=1, limit=1))
        ] == ["b"]
        assert (await world.tasks.show(ADMIN, Target(task.id))).percent == 0
        await report(world, node.id, task.id, result=msgspec_facts())
        late = TaskProgress(attempt=1, first=9, lines=("late",), percent=5)
        await world.database.write(lambda tx: world.delivery.progress(tx, node.id, task.id, late))
        assert (await world.tasks.show(ADMIN, Target(task.id))).percent == 100
        assert len(await world.tasks.logs(ADMIN, Target(task.id), LogQuery())) == 3


@pytest.mark.parametrize(("first", "attempt"), [(-1, 1), (10**30, 1), (0, 10**30), (0, 0), (2**63 - 1, 1)])
async def test_progress_with_impossible_numbers_is_the_nodes_mistake(
    tmp_path: Path, first: int, attempt: int
) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        await lease(world, node.id)
        message = TaskProgress(attempt=attempt, first=first, lines=("x", "y"))
        with pytest.raises(ValidationError):
            await world.database.write(lambda tx: world.delivery.progress(tx, node.id, task.id, message))
