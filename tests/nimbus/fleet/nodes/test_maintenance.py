"""Maintenance with a reason and an end: it ends at its minute, also when the control plane was down then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.db import Transaction
from nimbus.fleet.nodes.maintenance_ends import MaintenanceEnds
from nimbus.fleet.nodes.records import NodePatch, NodeState
from nimbus.kernel.clock import from_seconds, to_rfc3339
from nimbus.kernel.errors import ValidationError
from nimbus.kernel.events import Wakeup
from nimbus.kernel.routing import Target
from tests.kit.polling import eventually_so
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices


def after(world: Slices, seconds: float) -> str:
    return to_rfc3339(world.clock.now() + from_seconds(seconds))


async def change(world: Slices, **patch: Any) -> Any:
    return await world.nodes.change(ADMIN, Target("web-1"), NodePatch(**patch))


async def test_it_says_why_by_whom_and_until_when(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("web-1", state=NodeState.ONLINE)
        end = after(world, 7200)
        await change(world, description="rack 4")
        shown = await change(world, maintenance=True, maintenance_reason="new disks", maintenance_until=end)
        said = shown.maintenance
        assert (said.reason, said.by, said.until, shown.state) == ("new disks", "admin", end, "Maintenance")
        assert shown.description == "rack 4"
        # What is not named stays; "" is no end.
        assert (await change(world, maintenance_until="")).maintenance.until is None
        assert (await change(world, labels={"a": "b"})).maintenance.reason == "new disks"
        shown = await change(world, maintenance=False)
        assert (shown.maintenance, shown.state) == (None, "Online")
        assert (await change(world, maintenance=True)).maintenance.reason == ""
        actions = await world.rows("SELECT action FROM audit_log ORDER BY sequence")
        assert [action for (action,) in actions if action.startswith("node.")] == [
            "node.update",
            "node.maintenance_start",
            "node.update",
            "node.update",
            "node.maintenance_end",
            "node.maintenance_start",
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"maintenance_reason": "why"},
        {"maintenance": True, "maintenance_until": "soon"},
        {"maintenance": True, "maintenance_until": "2001-01-01T00:00:00Z"},
        {"maintenance": True, "maintenance_until": "2999-01-01T00:00:00Z"},
        {"maintenance": True, "maintenance_reason": "two\nlines"},
    ],
)
async def test_what_makes_no_sense_changes_nothing(tmp_path: Path, wrong: Any) -> None:
    async with slices(tmp_path) as world:
        await world.add_node("web-1")
        with pytest.raises(ValidationError):
            await change(world, **wrong)
        assert (await world.nodes.show(ADMIN, Target("web-1"))).maintenance is None


async def test_it_ends_by_itself_also_after_the_control_plane_was_down(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        for name in ("web-1", "web-2", "web-3"):
            await world.add_node(name, state=NodeState.ONLINE)
        await change(world, maintenance=True, maintenance_until=after(world, 600))
        await world.nodes.change(ADMIN, Target("web-2"), NodePatch(maintenance=True))
        # Down when the time came.
        world.clock.advance(601)
        ends = MaintenanceEnds(world.database, world.clock, world.audit, Wakeup())

        async def has_ended() -> bool:
            return (await world.nodes.show(ADMIN, Target("web-1"))).maintenance is None

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ends.run)
            await eventually_so(has_ended, "the end of the maintenance")
            nursery.cancel_scope.cancel()
        assert (await world.nodes.show(ADMIN, Target("web-2"))).maintenance is not None
        [(actor, name)] = await world.rows(
            "SELECT actor_name, resource_name FROM audit_log WHERE action = 'node.maintenance_end'"
        )
        assert (actor, name) == ("system", "web-1")

        def again(tx: Transaction) -> int | None:
            return ends.end_those_over(tx)

        assert await world.database.write(again) is None
