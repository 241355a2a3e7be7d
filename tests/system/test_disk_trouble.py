"""Nodes whose disk is full, read-only, or an old copy: real agents, killed in between."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.kit.agent_state import fill, small_disk
from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root


async def peers_of(host: LabHost) -> int:
    done = await host.run("wg", "show", host.interface, "peers")
    return len(done.out.splitlines())


async def wait_check(lab: Lab, name: str, words: str) -> None:
    """Until the node is Degraded, and its check `state` says why."""

    async def says_so() -> bool:
        node = await lab.get(f"/api/v1/nodes/{name}")
        checks = {check["name"]: check for check in node["checks"]}
        state = checks.get("state", {"healthy": True, "message": ""})
        return node["state"] == "Degraded" and not state["healthy"] and words in state["message"]

    await wait_until(f"{name} is Degraded: {words}", says_so, timeout=20, interval=0.3)


async def wait_task(lab: Lab, task_id: str, *states: str, timeout: float = 40) -> dict[str, Any]:
    task: dict[str, Any] = {}

    async def reached() -> bool:
        nonlocal task
        task = await lab.get(f"/api/v1/tasks/{task_id}")
        return task["state"] in states

    await wait_until(f"the task is {' or '.join(states)}", reached, timeout=timeout, interval=0.2)
    return task


async def start_fleet(lab: Lab) -> None:
    await lab.start_control_plane()
    await lab.make_nodes()
    await lab.wait_online()
    await lab.wait_reachable()


async def test_a_node_with_a_full_disk_is_degraded_and_does_what_it_must(make_lab: MakeLab) -> None:
    async with make_lab(nodes=3) as lab:
        node = lab["n1"]
        with small_disk(node.data, "2m"):
            await start_fleet(lab)
            filling = fill(node.data)
            await wait_check(lab, node.name, "the disk is full")

            # A member that goes is gone at once; an order waits.
            await lab.nimbus("node", "delete", "n3", "--yes")

            async def is_gone() -> bool:
                return await peers_of(node) == 2

            await wait_until("the removed member is off the device", is_gone, timeout=10)
            task = await lab.nimbus("task", "create", "--node", node.name, "--kind", "collect_facts")

            # Killed and started on the full disk, it serves the mesh as it was last applied.
            assert node.agent is not None
            await node.agent.kill()
            node.namespace.ip("link", "delete", node.interface)
            await lab.start_agent(node)
            await lab.wait_reachable(["control-plane", "n1", "n2"])
            assert await peers_of(node) == 2
            await wait_check(lab, node.name, "the disk is full")
            assert (await lab.get(f"/api/v1/tasks/{task['id']}"))["state"] == "queued"

            filling.unlink()
            await lab.wait_online(["n1", "n2"], timeout=30)
            assert (await wait_task(lab, task["id"], "succeeded"))["attempt"] == 1


async def test_a_node_with_a_read_only_disk_is_degraded(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2) as lab:
        node = lab["n1"]
        with small_disk(node.data, "8m"):
            await start_fleet(lab)
            assert node.agent is not None
            # What is open for writing keeps a file system writable: the agent is not there at that moment.
            await node.agent.kill()
            subprocess.run(["mount", "-o", "remount,ro", str(node.data)], check=True)
            await lab.start_agent(node)
            await wait_check(lab, node.name, "read-only")
            await lab.wait_reachable()
            task = await lab.nimbus("task", "create", "--node", node.name, "--kind", "collect_facts")
            subprocess.run(["mount", "-o", "remount,rw", str(node.data)], check=True)
            await lab.wait_online(timeout=30)
            await wait_task(lab, task["id"], "succeeded")


async def test_an_old_copy_of_the_state_runs_nothing_again(make_lab: MakeLab, tmp_path: Path) -> None:
    async with make_lab(nodes=2) as lab:
        await start_fleet(lab)
        node, silent = lab.nodes
        assert node.agent is not None
        # Somebody who does not answer: the measurement takes its time.
        silent.partition()
        task = await lab.post("/api/v1/tasks", {"node": node.name, "kind": "mesh_probe"})

        async def is_begun() -> bool:
            return bool(await lab.get(f"/api/v1/tasks/{task['id']}/logs"))

        await wait_until("it has begun", is_begun, timeout=20)
        await node.agent.kill()
        for file in node.data.glob("state.db*"):
            shutil.copyfile(file, tmp_path / file.name)
        await lab.start_agent(node)
        ended = await wait_task(lab, task["id"], "succeeded", timeout=60)
        lines = await lab.get(f"/api/v1/tasks/{task['id']}/logs")
        assert sum("started again" in line["text"] for line in lines) == 1
        assert len({(line["attempt"], line["line"]) for line in lines}) == len(lines)

        await node.agent.kill()
        for file in tmp_path.glob("state.db*"):
            shutil.copyfile(file, node.data / file.name)
        await lab.start_agent(node)

        async def has_let_go() -> bool:
            status = await node.status()
            return status["state"] == "online" and not status["tasks"] and not status["results_to_report"]

        await wait_until("it has let go of the old task", has_let_go, timeout=20, interval=0.3)
        assert await lab.get(f"/api/v1/tasks/{task['id']}") == ended
        assert await lab.get(f"/api/v1/tasks/{task['id']}/logs") == lines
        silent.heal()
