"""The wall clock is set at any moment, back or ahead: what is measured in seconds goes on as if nothing was."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.fleet.metrics.rules import WINDOW_S, WINDOW_SLOTS
from nimbus.fleet.nodes.records import Node, NodeState
from nimbus.fleet.tasks.dispatch import LEASE_S
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import TaskState
from nimbus.kernel.routing import Target
from tests.kit.records import ADMIN, heartbeat, result
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.metrics.test_history import START, beat, clock_at

JUMPS = pytest.mark.parametrize(
    "jump", [-7200.0, 120.0, 30 * 86400.0, -30 * 86400.0], ids=["-2h", "+120s", "+30d", "-30d"]
)
NOTHING: frozenset[str] = frozenset()


async def poll(world: Slices, node: Node, held: frozenset[str] = NOTHING) -> list[str]:
    """As `nimbus.http.polls`: the ids of the tasks that the node gets."""
    world.dispatch.confirm(node.id, held)
    if not world.dispatch.has_work(node.id, held, Room(8)):
        return []
    seen, overdue = world.dispatch.due(node.id), world.dispatch.overdue(node.id)
    answer = await world.database.write(lambda tx: world.delivery.lease(tx, node.id, held, Room(8), overdue))
    world.dispatch.leased(node.id, held, seen, answer, Room(8))
    return [task.id for task in answer[0]]


@JUMPS
async def test_no_node_flaps_and_a_silent_one_is_noticed(tmp_path: Path, jump: float) -> None:
    async with slices(tmp_path) as world:
        talking, silent = await world.add_node(), await world.add_node("web-2")
        for node in (talking, silent):
            world.presence.heartbeat(node.id, heartbeat())
        world.clock.jump(jump)
        world.presence.find_overdue()
        assert world.presence.state_of(talking.id) is NodeState.ONLINE
        for _ in range(4):
            world.clock.advance(10)
            world.presence.heartbeat(talking.id, heartbeat())
            world.presence.find_overdue()
        assert world.presence.state_of(talking.id) is NodeState.ONLINE
        assert world.presence.state_of(silent.id) is NodeState.OFFLINE


@JUMPS
async def test_a_queued_task_is_not_forgotten(tmp_path: Path, jump: float) -> None:
    """Made before the jump, for a node that polls after it."""
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        world.clock.jump(jump)
        assert await poll(world, node) == [task.id]


@JUMPS
async def test_a_retry_comes_after_its_delay(tmp_path: Path, jump: float) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        assert await poll(world, node) == [task.id]
        failed = result("failed", 1, retryable=True)
        await world.database.write(lambda tx: world.delivery.result(tx, node.id, task.id, failed))
        world.clock.jump(jump)
        world.dispatch._wake_due()
        assert not world.dispatch.has_work(node.id, NOTHING, Room(8))
        world.clock.advance(2)
        world.dispatch._wake_due()
        assert await poll(world, node) == [task.id]


@JUMPS
async def test_a_retry_is_not_put_off_by_a_start_with_another_clock(tmp_path: Path, jump: float) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        assert await poll(world, node) == [task.id]
        failed = result("failed", 1, retryable=True)
        await world.database.write(lambda tx: world.delivery.result(tx, node.id, task.id, failed))
        world.clock.jump(jump)
        world.dispatch.__init__(world.database, world.clock, world.delivery, world.bus)  # type: ignore[misc]
        await world.dispatch.load()
        # The longest delay that any retry may have.
        world.clock.advance(300)
        world.dispatch._wake_due()
        assert await poll(world, node) == [task.id]


@JUMPS
async def test_a_lease_lasts_as_long_as_it_is_confirmed(tmp_path: Path, jump: float) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.add_task("web-1")
        held = frozenset(await poll(world, node))
        world.clock.jump(jump)
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.RUNNING
        world.clock.advance(LEASE_S - 1)
        assert await poll(world, node, held) == []
        world.clock.advance(LEASE_S - 1)
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.RUNNING
        world.clock.advance(2)
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state is TaskState.QUEUED


async def fleet_minutes(world: Slices) -> int:
    """How many minutes the fleet's history knows, in memory."""
    blocks = world.metrics.history.fleet_blocks([""])
    return sum(
        block.has(start + 60 * slot) for (_, start), block in blocks.items() for slot in range(WINDOW_SLOTS)
    )


async def minutes_of_beats(world: Slices, node: Node, minutes: int, cpu: float) -> None:
    for _ in range(minutes * 6):
        await beat(world, node, cpu)
    await world.metrics.history.flush()


@JUMPS
async def test_no_history_stops(tmp_path: Path, jump: float) -> None:
    async with slices(tmp_path, clock=clock_at(START + 600)) as world:
        node = await world.add_node()
        await minutes_of_beats(world, node, 5, 10)
        world.clock.jump(jump)
        await world.metrics.history.flush()
        before = await fleet_minutes(world)
        await minutes_of_beats(world, node, 10, 20)
        assert await fleet_minutes(world) >= before + 8
        newest = await world.metrics.history.newest()
        assert newest[node.id].metrics.cpu_percent == 20


async def test_time_that_comes_again_counts_anew(tmp_path: Path) -> None:
    """Set back by five minutes: those five minutes come again, and show what is said now."""
    async with slices(tmp_path, clock=clock_at(START)) as world:
        node = await world.add_node()
        await minutes_of_beats(world, node, 9, 10)
        world.clock.jump(-300)
        await world.metrics.history.flush()
        await minutes_of_beats(world, node, 5, 80)
        [block] = world.metrics.history.blocks_of(node.id).values()
        averages = [block.averages(START + 60 * minute, 60)[0] for minute in range(9)]
        assert [round(average or 0) for average in averages[:4]] == [10] * 4
        assert [round(average or 0) for average in averages[5:]] == [80] * 4


async def test_a_start_with_a_clock_ahead_costs_no_history_after_it_is_corrected(tmp_path: Path) -> None:
    async with slices(tmp_path, clock=clock_at(START + 30 * 86400)) as world:
        node = await world.add_node()
        await world.metrics.history.load()
        await minutes_of_beats(world, node, 1, 10)
        await world.metrics.roll_up.converge()
        world.clock.jump(-30 * 86400)
        await minutes_of_beats(world, node, 10, 20)
        assert await fleet_minutes(world) >= 8
        await world.metrics.roll_up.converge()
        world.clock.advance(WINDOW_S + 3600)
        await world.metrics.roll_up.converge()
        starts = [start for (start,) in await world.rows("SELECT start FROM metric_minutes")]
        assert START in starts
