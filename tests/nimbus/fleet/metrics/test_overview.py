"""The fleet at a glance, on a real database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from nimbus.fleet.metrics import overview
from nimbus.fleet.metrics.records import Fleet
from nimbus.fleet.nodes.credentials import store as credential_store
from nimbus.fleet.nodes.records import Approval, CertificateRow, Node, NodePatch, NodeState
from nimbus.fleet.tasks.lanes import Room
from nimbus.fleet.tasks.records import TaskState
from nimbus.kernel.access import Access, Permission
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.routing import Target
from nimbus.protocol.messages import HealthCheck, SystemMetrics
from tests.kit.records import ADMIN, STRANGER, heartbeat, result
from tests.kit.slices import Slices, slices

DAY = 24 * 3600


async def beat(world: Slices, node: Node, cpu: float = 10, checks: Any = (), **fields: Any) -> None:
    metrics = SystemMetrics(cpu_percent=cpu, load_1m=1, **fields)
    world.presence.heartbeat(
        node.id, heartbeat(sent_at=world.clock.now() / 1e6, metrics=metrics, checks=checks)
    )
    await world.presence.flush()


def reasons(found: Fleet) -> dict[str, list[str]]:
    return {one.node: [reason.code for reason in one.reasons] for one in found.attention}


async def test_states_are_counted_as_they_are_shown(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        for number, state in enumerate(NodeState):
            if state is not NodeState.MAINTENANCE:
                await world.add_node(f"n{number}", state=state)
                await world.add_node(f"m{number}", state=state, maintenance=True)
        await world.add_node("held", state=NodeState.ONLINE, approval=Approval.WAITING)
        gone = await world.add_node("gone", state=NodeState.ONLINE)
        await world.database.write(lambda tx: world.nodes.remove(tx, gone))
        found = await world.metrics.overview.show(ADMIN)
        assert found.nodes.total == 9
        assert found.nodes.states == {
            NodeState.PENDING: 2,
            NodeState.ONLINE: 1,
            NodeState.OFFLINE: 1,
            NodeState.DEGRADED: 1,
            NodeState.MAINTENANCE: 4,
        }
        assert reasons(found) == {"n2": ["offline"], "n3": ["degraded"]}


async def test_load_is_of_those_that_are_there(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        one, two = await world.add_node("a"), await world.add_node("b")
        assert (await world.metrics.overview.show(ADMIN)).load.cpu_percent is None
        await beat(world, one, 10, memory_used_bytes=3, memory_total_bytes=4, network_rx_bytes=1000)
        await beat(world, two, 30, memory_used_bytes=1, memory_total_bytes=8)
        world.clock.advance(10)
        await beat(world, one, 20, memory_used_bytes=3, memory_total_bytes=4, network_rx_bytes=3000)
        load = (await world.metrics.overview.show(ADMIN)).load
        assert (load.nodes, load.cpu_percent, load.load_1m) == (2, 25, 1)
        assert (load.memory_used_bytes, load.memory_total_bytes) == (4, 12)
        assert (load.network_rx_bytes_per_s, load.network_tx_bytes_per_s) == (200, 0)
        world.clock.advance(25)
        world.presence.find_overdue()
        await world.presence.flush()
        found = await world.metrics.overview.show(ADMIN)
        assert found.load.nodes == 1
        assert reasons(found) == {"b": ["offline"]}


async def test_what_needs_attention(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        full, sick, expiring = [await world.add_node(name) for name in ("full", "sick", "expiring")]
        await beat(world, full, disk_used_bytes=91, disk_total_bytes=100)
        await beat(world, sick, checks=(HealthCheck("mesh", False, "down"), HealthCheck("ok", True)))
        await beat(world, expiring, disk_used_bytes=90, disk_total_bytes=100)
        now = world.clock.now()

        async def certified(serial: str, node: Node, days: float) -> None:
            row = CertificateRow(serial, node.id, now, now + from_seconds(days * DAY))
            await world.database.write(lambda tx: credential_store.insert_certificate(tx, row))

        await certified("1", expiring, 13)
        await certified("2", full, 13)
        await certified("3", full, 60)
        found = await world.metrics.overview.show(ADMIN)
        assert reasons(found) == {
            "expiring": ["certificate_expiring"],
            "full": ["disk_full"],
            "sick": ["degraded"],
        }
        assert [one.reasons[0].message for one in found.attention if one.node == "sick"] == ["mesh: down"]
        assert found.attention[0].workspace == "default/default"
        for node in (full, sick, expiring):
            await world.nodes.change(ADMIN, Target(node.id), NodePatch(maintenance=True))
        assert (await world.metrics.overview.show(ADMIN)).attention == []


async def test_what_is_named_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MAX_NAMED", 2)
    async with slices(tmp_path) as world:
        for name in "cba":
            await world.add_node(name, state=NodeState.OFFLINE)
        found = await world.metrics.overview.show(ADMIN)
        assert (list(reasons(found)), found.attention_total) == (["a", "b"], 3)


async def test_tasks_that_are_open_or_ended_lately(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        node = await world.add_node()
        for _ in range(2):
            task = await world.add_task(node.id)
            await world.database.write(lambda tx: world.delivery.lease(tx, node.id, frozenset(), Room(8)))
            await world.database.write(
                lambda tx, task=task: world.delivery.result(tx, node.id, task.id, result())  # type: ignore[misc]
            )
            world.clock.advance(13 * 3600)
        await world.add_task(node.id)
        world.clock.advance(20 * 3600)
        tasks = (await world.metrics.overview.show(ADMIN)).tasks
        assert tasks is not None
        assert {state: count for state, count in tasks.states.items() if count} == {TaskState.QUEUED: 1}
        world.clock.advance(-10 * 3600)
        tasks = (await world.metrics.overview.show(ADMIN)).tasks
        assert tasks is not None
        assert tasks.states[TaskState.SUCCEEDED] == 1
        assert set(tasks.states) == set(TaskState)


async def test_tasks_of_those_who_may_read_them(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_task((await world.add_node()).id)

        def actor(*workspaces: str) -> Any:
            held = {workspace: frozenset({Permission.TASK_READ}) for workspace in workspaces}
            held["nodes-only"] = frozenset({Permission.AGENT_READ})
            return msgspec.structs.replace(STRANGER, access=Access(workspaces=held))

        found = await world.metrics.overview.show(actor())
        assert (found.tasks, found.nodes.total) == (None, 0)
        found = await world.metrics.overview.show(actor(world.workspace.id))
        assert found.tasks is not None
        assert found.tasks.states[TaskState.QUEUED] == 1
        found = await world.metrics.overview.show(actor("elsewhere"))
        assert found.tasks is not None
        assert set(found.tasks.states.values()) == {0}
        found = await world.metrics.overview.show(ADMIN, "default/default")
        assert found.tasks is not None
        assert found.tasks.states[TaskState.QUEUED] == 1
