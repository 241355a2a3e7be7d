"""Who is there: states and their arrows, and heartbeats that are not lost when a write fails."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import trio.testing

from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.nodes.records import (
    NodeKeepsPorts,
    NodeQuery,
    NodeRevoked,
    NodesHeardElsewhere,
    NodeState,
    NodeStateChanged,
    NodeView,
    SeenNode,
)
from nimbus.fleet.nodes.rules import is_overdue, state_after_heartbeat
from nimbus.kernel.changes import PassingChange
from nimbus.kernel.errors import StorageFull
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import HealthCheck
from tests.kit.database import writer_connection
from tests.kit.lists import rows_of
from tests.kit.polling import eventually, eventually_so
from tests.kit.records import ADMIN, heartbeat
from tests.kit.slices import slices

ILL = (HealthCheck("mesh", healthy=False, message="down"),)
WELL = (HealthCheck("mesh", healthy=True),)


def test_rules() -> None:
    assert state_after_heartbeat(()) is NodeState.ONLINE
    assert state_after_heartbeat(WELL) is NodeState.ONLINE
    assert state_after_heartbeat((*WELL, *ILL)) is NodeState.DEGRADED
    assert not is_overdue(0, 30, 10)
    assert is_overdue(0, 30.001, 10)


async def test_a_node_is_overdue_by_the_interval_that_it_has_itself(tmp_path: Path) -> None:
    """The server's is 10 s here; one that has not heard of a change must not fall Offline for it."""
    async with slices(tmp_path) as world:
        slow, quick = await world.add_node("slow"), await world.add_node("quick")
        presence = world.presence
        presence.heartbeat(slow.id, heartbeat(interval_s=20.0))
        presence.heartbeat(quick.id, heartbeat(interval_s=2.0))
        await presence.flush()
        world.clock.advance(7)
        presence.find_overdue()
        assert (presence.state_of(slow.id), presence.state_of(quick.id)) == (
            NodeState.ONLINE,
            NodeState.OFFLINE,
        )
        world.clock.advance(52)
        presence.find_overdue()
        assert presence.state_of(slow.id) is NodeState.ONLINE
        world.clock.advance(2)
        presence.find_overdue()
        assert presence.state_of(slow.id) is NodeState.OFFLINE
        # After a start of the control plane too; what no setting can be is none.
        presence.heartbeat(slow.id, heartbeat(interval_s=20.0))
        presence.heartbeat(quick.id, heartbeat(interval_s=1e9))
        await presence.flush()
        again = Presence(world.database, world.clock, 1.0)
        await again.load()
        world.clock.advance(59)
        again.find_overdue()
        assert again.state_of(slow.id) is NodeState.ONLINE
        world.clock.advance(3 * 300)
        again.find_overdue()
        assert again.state_of(slow.id) is again.state_of(quick.id) is NodeState.OFFLINE


async def test_every_arrow_between_states(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        presence = world.presence

        async def seen() -> NodeState:
            presence.find_overdue()
            await presence.flush()
            return (await world.nodes.show(ADMIN, Target(node.id))).state

        assert await seen() is NodeState.PENDING
        world.clock.advance(1000)
        assert await seen() is NodeState.PENDING
        presence.heartbeat(node.id, heartbeat())
        assert await seen() is NodeState.ONLINE
        presence.heartbeat(node.id, heartbeat(checks=ILL))
        assert await seen() is NodeState.DEGRADED
        presence.heartbeat(node.id, heartbeat(checks=WELL))
        assert await seen() is NodeState.ONLINE
        world.clock.advance(30)
        assert await seen() is NodeState.ONLINE
        world.clock.advance(0.1)
        assert await seen() is NodeState.OFFLINE
        presence.heartbeat(node.id, heartbeat(checks=ILL))
        assert await seen() is NodeState.DEGRADED
        world.clock.advance(31)
        assert await seen() is NodeState.OFFLINE
        states = [event.state for event in world.bus.of(NodeStateChanged)]  # type: ignore[attr-defined]
        assert [state.value for state in states] == [
            "Online",
            "Degraded",
            "Online",
            "Offline",
            "Degraded",
            "Offline",
        ]


async def test_what_a_node_applied_is_told_once(tmp_path: Path) -> None:
    """Not with each heartbeat, and not of a load that goes up and down."""
    async with slices(tmp_path) as world:
        node = await world.add_node()
        told: list[dict[str, Any]] = []
        world.bus.subscribe(PassingChange, lambda change: told.append(change.data))
        for applied, checks in (({}, WELL), ({"mesh": 3}, WELL), ({"mesh": 3}, WELL), ({"mesh": 4}, ILL)):
            world.presence.heartbeat(node.id, heartbeat(applied=applied, checks=checks))
            await world.presence.flush()
        # What comes with a change of the state is told by that.
        assert told == [{"applied": {"mesh": 3}, "failed_checks": []}]
        world.presence.heartbeat(node.id, heartbeat(applied={"mesh": 5}, checks=ILL))
        await world.presence.flush()
        assert told[1:] == [{"applied": {"mesh": 5}, "failed_checks": ["mesh"]}]


async def test_a_start_gives_everybody_three_intervals(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        world.presence.heartbeat(node.id, heartbeat())
        await world.presence.flush()
        world.clock.advance(3600)
        again = Presence(world.database, world.clock, 10.0)
        await again.load()
        again.find_overdue()
        assert again.state_of(node.id) is NodeState.ONLINE
        world.clock.advance(31)
        again.find_overdue()
        assert again.state_of(node.id) is NodeState.OFFLINE
        assert again.online() == []


@pytest.mark.sqlite
async def test_a_flush_that_fails_keeps_what_it_had(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node, other = await world.add_node(), await world.add_node("web-2")
        world.presence.heartbeat(node.id, heartbeat(version="1"))
        connection = writer_connection(world.database)
        connection.execute("PRAGMA query_only = ON")
        with pytest.raises((sqlite3.Error, StorageFull)):
            await world.presence.flush()
        world.presence.heartbeat(other.id, heartbeat(version="2", checks=ILL))
        connection.execute("PRAGMA query_only = OFF")
        await world.presence.flush()
        listed = await world.nodes.list(ADMIN, NodeQuery())
        assert [(view.version, view.state.value) for view in rows_of(listed, NodeView)] == [
            ("1", "Online"),
            ("2", "Degraded"),
        ]
        assert len(world.bus.of(NodeStateChanged)) == 2


async def test_a_cancelled_flush_keeps_what_it_had(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        world.presence.heartbeat(node.id, heartbeat(version="7"))
        with trio.CancelScope() as scope:
            scope.cancel()
            await world.presence.flush()
        await world.presence.flush()
        assert (await world.nodes.show(ADMIN, Target(node.id))).version == "7"


async def test_a_revoked_node_is_forgotten_and_leaves_no_rest(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        world.presence.heartbeat(node.id, heartbeat())
        world.presence.forget(NodeRevoked(node.id))
        assert world.presence.state_of(node.id) is None
        await world.presence.flush()
        assert (await world.nodes.show(ADMIN, Target(node.id))).state is NodeState.PENDING


@pytest.mark.sqlite
async def test_the_loop_flushes_every_second_and_outlives_a_failure(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        connection = writer_connection(world.database)
        connection.execute("PRAGMA query_only = ON")
        world.presence.heartbeat(node.id, heartbeat(version="9"))
        autojump_clock.autojump_threshold = 0.05
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world.presence.run)
            await eventually(lambda: "could not be written" in caplog.text, "the failure", 120)
            connection.execute("PRAGMA query_only = OFF")

            async def written() -> bool:
                return (await world.nodes.show(ADMIN, Target(node.id))).version == "9"

            await eventually_so(written, "the heartbeat in the store", 120, interval=1)
            nursery.cancel_scope.cancel()


async def test_whether_a_node_keeps_ports_is_announced_when_that_changes(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node("web-1")

        async def announced(presence: Presence, keeps_ports: bool) -> int:
            before = len([e for e in world.bus.published if isinstance(e, NodeKeepsPorts)])
            presence.heartbeat(node.id, heartbeat(keeps_ports=keeps_ports))
            await presence.flush()
            return len([e for e in world.bus.published if isinstance(e, NodeKeepsPorts)]) - before

        assert [await announced(world.presence, keeps) for keeps in (False, True, True)] == [0, 1, 0]
        again = Presence(world.database, world.clock, 10.0)
        await again.load()
        assert [await announced(again, keeps) for keeps in (True, False)] == [0, 1]
        # What it has said to another control plane is not known here.
        seen = SeenNode(node.id, NodeState.ONLINE, 0, "", heard=True)
        again._on_heard_elsewhere(NodesHeardElsewhere((seen,)))
        assert await announced(again, False) == 1
        assert await announced(again, True) == 1
        world.database.write, write = None, world.database.write  # type: ignore[assignment, method-assign]
        with pytest.raises(TypeError):
            await announced(again, False)
        world.database.write = write  # type: ignore[method-assign]
        assert await announced(again, False) == 1
