"""The control plane goes away and comes back; a node does."""

from __future__ import annotations

import signal

import pytest
import trio

from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.network import filter_packets
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
HEARTBEAT_S = 1.0


async def wait_status(host: LabHost, state: str, timeout: float = 15.0) -> None:
    async def reached() -> bool:
        return bool((await host.status())["state"] == state)

    await wait_until(f"{host.name} says that it is {state}", reached, timeout=timeout, interval=0.3)


async def finished_task(lab: Lab, task_id: str, timeout: float = 30.0) -> str:
    async def ended() -> str:
        task = await lab.get(f"/api/v1/tasks/{task_id}")
        return "" if task["state"] in ("queued", "running") else str(task["state"])

    return await wait_until("the task has ended", ended, timeout=timeout)


async def test_the_mesh_outlives_the_control_plane(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, heartbeat_interval=HEARTBEAT_S) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        one, other = lab.nodes
        addresses = await lab.overlay_addresses()
        assert lab.server is not None
        assert one.agent is not None
        await lab.server.kill()
        lab.control_plane.partition()
        for host in lab.nodes:
            await wait_status(host, "offline", timeout=40)
            assert await host.ping(addresses[one.name if host is other else other.name])

        # As after a reboot: neither the agent nor the interface is there.
        await one.agent.kill()
        one.namespace.ip("link", "delete", one.interface)
        assert not await one.ping(addresses[other.name])
        await lab.start_agent(one)
        await wait_status(one, "offline")
        await lab.wait_reachable_from(one, [addresses[other.name]])
        await lab.wait_reachable_from(other, [addresses[one.name]])

        lab.control_plane.heal()
        await lab.start_control_plane(bootstrap=False)
        await lab.wait_online(timeout=60)
        await wait_status(one, "online")
        await lab.wait_reachable(timeout=30)


async def test_a_node_that_is_cut_off_is_offline_and_gets_its_tasks_later(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, heartbeat_interval=HEARTBEAT_S) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        node = lab["n1"]
        began = trio.current_time()
        filter_packets(lab.control_plane.namespace, "INPUT", ["-s", node.address])
        await lab.wait_state("Offline", [node.name], timeout=3 * HEARTBEAT_S + 4)
        assert trio.current_time() - began > 2 * HEARTBEAT_S
        task = await lab.nimbus("task", "create", "--node", node.name, "--kind", "collect_facts")
        assert task["state"] == "queued"
        filter_packets(lab.control_plane.namespace, "INPUT", ["-s", node.address], on=False)
        assert await finished_task(lab, task["id"], timeout=60) == "succeeded"
        await lab.wait_online(timeout=10)


async def test_a_task_is_finished_although_the_control_plane_was_killed_meanwhile(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, heartbeat_interval=HEARTBEAT_S) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        node = lab["n1"]
        assert node.agent is not None
        # Frozen, the agent has its order or not: in both cases it must come to an end.
        node.agent.signal(signal.SIGSTOP)
        task = await lab.nimbus("task", "create", "--node", node.name, "--kind", "mesh_probe")
        assert lab.server is not None
        await lab.server.kill()
        node.agent.signal(signal.SIGCONT)
        await lab.start_control_plane(bootstrap=False)
        assert await finished_task(lab, task["id"], timeout=45) == "succeeded"
