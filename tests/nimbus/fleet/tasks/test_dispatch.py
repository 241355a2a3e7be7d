"""The index against the database: it never says «nothing» while there is something to lease."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nimbus.fleet.tasks.dispatch import LEASE_S
from nimbus.fleet.tasks.records import TaskState, WorkWaiting
from nimbus.kernel.routing import Target
from tests.kit.records import ADMIN, result
from tests.kit.slices import Slices, slices

STEPS = ("create", "chain", "poll", "lose", "succeed", "fail", "cancel", "expire", "later", "restart", "jump")
# Seconds by which the wall clock is set.
JUMPS = (-7200.0, 120.0, 30 * 86400.0, -30 * 86400.0)
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), max_size=25)


class Node:
    """One simulated node: what it holds, and the polls it makes."""

    def __init__(self, world: Slices, node_id: str) -> None:
        self.world, self.id = world, node_id
        self.held: set[str] = set()
        self.attempts: dict[str, int] = {}
        self.created: list[str] = []

    async def poll(self, *, lost: bool = False) -> None:
        """As `nimbus.http.polls` leases."""
        world, held = self.world, frozenset(self.held)
        world.dispatch.confirm(self.id, held)
        if not world.dispatch.has_work(self.id, held, 8):
            return
        seen, overdue = world.dispatch.due(self.id), world.dispatch.overdue(self.id)
        leased, cancel = await world.database.write(
            lambda tx: world.delivery.lease(tx, self.id, held, 8, overdue)
        )
        if len(leased) < 8:
            world.dispatch.nothing_left(self.id, seen)
        if cancel:
            world.dispatch.told_to_cancel(self.id)
        if not lost:
            self.held |= {task.id for task in leased}
            self.attempts.update({task.id: task.attempt for task in leased})
            for task_id in cancel:
                await self.report(task_id, "cancelled")

    async def report(self, task_id: str, outcome: str) -> None:
        message = result(outcome, self.attempts.get(task_id, 1), retryable=outcome == "failed")
        await self.world.database.write(lambda tx: self.world.delivery.result(tx, self.id, task_id, message))
        self.held.discard(task_id)

    async def leaseable(self) -> bool:
        rows = await self.world.rows(
            "SELECT id, state, due_at, waiting_for, cancel_requested_at FROM tasks WHERE node_id = ?", self.id
        )
        now = self.world.clock.now()
        return any(
            (state == "queued" and due <= now and not waiting)
            or (state == "running" and task not in self.held)
            for task, state, due, waiting, _cancel in rows
        )


async def play(folder: Path, script: list[tuple[str, int]]) -> None:
    async with slices(folder) as world:
        node = Node(world, (await world.add_node()).id)
        jumped = False
        for step, number in script:
            await _step(world, node, step, number)
            world.dispatch._wake_due()
            jumped |= step == "jump"
            # By a wall clock that was set the stored times say nothing any more: the end tells.
            if not jumped and await node.leaseable():
                assert world.dispatch.has_work(node.id, frozenset(node.held), 8), (step, script)
        for _ in range(60):
            world.clock.advance(400)
            world.dispatch._wake_due()
            await node.poll()
            for task_id in list(node.held):
                await node.report(task_id, "succeeded")
        states = await world.rows("SELECT state FROM tasks WHERE state IN ('queued', 'running')")
        assert states == []


async def _step(world: Slices, node: Node, step: str, number: int) -> None:
    held = sorted(node.held)
    pick = held[number % len(held)] if held else None
    if step == "create":
        node.created.append((await world.add_task("web-1")).id)
    elif step == "chain" and node.created:
        before = await world.tasks.show(ADMIN, Target(node.created[-1]))
        if before.state in (TaskState.QUEUED, TaskState.RUNNING):
            node.created.append((await world.add_task("web-1", depends_on=[before.id])).id)
    elif step in ("poll", "lose"):
        await node.poll(lost=step == "lose")
    elif step == "succeed" and pick:
        await node.report(pick, "succeeded")
    elif step == "fail" and pick:
        await node.report(pick, "failed")
    elif step == "cancel" and node.created:
        task = await world.tasks.show(ADMIN, Target(node.created[number % len(node.created)]))
        if task.state in (TaskState.QUEUED, TaskState.RUNNING):
            await world.tasks.cancel(ADMIN, Target(task.id))
    elif step == "expire":
        world.clock.advance(LEASE_S + 1)
        await world.dispatch._expire_leases()
    elif step == "later":
        world.clock.advance(number)
    elif step == "jump":
        world.clock.jump(JUMPS[number % len(JUMPS)])
    elif step == "restart":
        world.dispatch.__init__(world.database, world.clock, world.delivery, world.bus)  # type: ignore[misc]
        await world.dispatch.load()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_the_index_never_hides_what_the_database_has(
    tmp_path_factory: Any, script: list[tuple[str, int]]
) -> None:
    trio.run(play, tmp_path_factory.mktemp("dispatch"), script)


async def test_a_task_that_falls_due_during_a_lease_is_not_forgotten(tmp_path: Path) -> None:
    """A retry falls due after the lease looked and before its answer is dealt with."""
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        await world.add_task("web-1")
        await node.poll()
        [task_id] = node.held
        await node.report(task_id, "failed")
        held: frozenset[str] = frozenset()
        seen = world.dispatch.due(node.id)
        leased, _ = await world.database.write(lambda tx: world.delivery.lease(tx, node.id, held, 8))
        assert leased == []
        world.clock.advance(5)
        world.dispatch._wake_due()
        world.dispatch.nothing_left(node.id, seen)
        assert world.dispatch.has_work(node.id, held, 8)


async def test_a_cancellation_whose_answer_was_lost_is_told_again(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        task = await world.add_task("web-1")
        await node.poll()
        await world.tasks.cancel(ADMIN, Target(task.id))
        await node.poll(lost=True)
        assert not world.dispatch.has_work(node.id, frozenset(node.held), 8)
        world.clock.advance(11)
        assert world.dispatch.has_work(node.id, frozenset(node.held), 8)
        await node.poll()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.CANCELLED
        assert not world.dispatch.has_work(node.id, frozenset(), 8)


async def test_a_silent_nodes_lease_ends_and_a_confirmed_one_does_not(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        task = await world.add_task("web-1")
        await node.poll()
        for _ in range(4):
            world.clock.advance(LEASE_S - 1)
            world.dispatch.confirm(node.id, frozenset(node.held))
            await world.dispatch._expire_leases()
            assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.RUNNING
        world.clock.advance(LEASE_S + 1)
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.QUEUED


async def test_the_loop_wakes_a_node_when_its_retry_falls_due(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = Node(world, (await world.add_node()).id)
        await world.add_task("web-1")
        await node.poll()
        woken = trio.Event()
        world.bus.subscribe(WorkWaiting, lambda _event: woken.set())
        [task_id] = node.held
        await node.report(task_id, "failed")
        assert not woken.is_set()
        world.clock.advance(2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.dispatch.run)
            with trio.fail_after(5):
                await woken.wait()
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize("capacity", [0, 1])
async def test_a_node_without_capacity_is_left_alone(tmp_path: Path, capacity: int) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        await world.add_task("web-1")
        assert world.dispatch.has_work(node.id, frozenset(), capacity) is bool(capacity)
