"""Nodes that speak to another control plane on the database: presence and leases follow what that one tells."""

from __future__ import annotations

from pathlib import Path

from nimbus.db.relay import HeardAgain
from nimbus.fleet.nodes.presence import ELSEWHERE_S, Presence
from nimbus.fleet.nodes.records import NodesHeardElsewhere, NodeState, NodesWritten
from nimbus.fleet.tasks.dispatch import LEASE_S
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import LeasesNamedElsewhere, TaskLeased, TaskRequest
from nimbus.kernel.routing import Target
from tests.kit.records import ADMIN, heartbeat
from tests.kit.slices import Slices, slices


async def of_another(world: Slices) -> Presence:
    """The presence of a second control plane, which hears what this bus tells."""
    other = Presence(world.database, world.clock, 10.0, with_others=True)
    await other.load()
    other.subscribe(world.bus)
    return other


def tell_others(world: Slices) -> None:
    """What was written last, as it reaches the other one."""
    written = world.bus.of(NodesWritten)[-1]
    assert isinstance(written, NodesWritten)
    world.bus.publish(NodesHeardElsewhere(written.nodes))


async def test_a_node_that_another_hears_is_online_until_that_one_falls_silent_too(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        other = await of_another(world)
        world.presence.heartbeat(node.id, heartbeat())
        await world.presence.flush()
        tell_others(world)
        assert other.state_of(node.id) is NodeState.ONLINE
        world.clock.advance(30 + ELSEWHERE_S)
        other.find_overdue()
        assert other.state_of(node.id) is NodeState.ONLINE, "the one that hears it knows first"
        world.clock.advance(0.1)
        other.find_overdue()
        assert other.state_of(node.id) is NodeState.OFFLINE, "the one that heard it is gone as well"


async def test_who_loses_a_node_tells_and_it_is_offline_everywhere(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        other = await of_another(world)
        world.presence.heartbeat(node.id, heartbeat())
        await world.presence.flush()
        tell_others(world)
        world.clock.advance(30.1)
        world.presence.find_overdue()
        await world.presence.flush()
        tell_others(world)
        assert other.state_of(node.id) is NodeState.OFFLINE
        await other.flush()
        assert (await world.nodes.show(ADMIN, Target(node.id))).state is NodeState.OFFLINE


async def test_a_node_that_has_come_here_is_not_offline_because_another_lost_it(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        other = await of_another(world)
        world.presence.heartbeat(node.id, heartbeat())
        await world.presence.flush()
        world.clock.advance(25)
        other.heartbeat(node.id, heartbeat())
        world.clock.advance(5.1)
        world.presence.find_overdue()
        await world.presence.flush()
        tell_others(world)
        assert other.state_of(node.id) is NodeState.ONLINE
        await other.flush()
        assert (await world.nodes.show(ADMIN, Target(node.id))).state is NodeState.ONLINE


async def test_a_silence_between_control_planes_makes_no_node_offline(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        other = await of_another(world)
        world.presence.heartbeat(node.id, heartbeat())
        await world.presence.flush()
        tell_others(world)
        world.clock.advance(300)
        world.bus.publish(HeardAgain())
        other.find_overdue()
        assert other.state_of(node.id) is NodeState.ONLINE


async def test_a_lease_is_good_while_its_node_names_the_task_elsewhere(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        task = await world.tasks.create(ADMIN, TaskRequest(node=node.name, kind="collect_facts"))
        [leased], _ = await world.database.write(
            lambda tx: world.delivery.lease(tx, node.id, frozenset(), Room(1, 1))
        )
        for _ in range(3):
            world.clock.advance(LEASE_S - 1)
            world.bus.publish(LeasesNamedElsewhere(((node.id, (leased.id,)),)))
            await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state == "running"
        world.clock.advance(LEASE_S + 1)
        world.bus.publish(HeardAgain())
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state == "running"
        world.clock.advance(LEASE_S + 1)
        await world.dispatch._expire_leases()
        assert (await world.tasks.show(ADMIN, Target(task.id))).state == "queued"
        assert world.bus.of(TaskLeased)
