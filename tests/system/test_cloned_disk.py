"""A disk is copied with the agent's data on it, and both machines run: real tunnels, one key at two places."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root


def copy_disk(source: LabHost, target: LabHost) -> None:
    """What the lab cannot share is changed: interfaces of one machine have names of their own."""
    shutil.copytree(source.data, target.data)
    file = target.data / "node.json"
    record: dict[str, Any] = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "interface": target.interface}))


async def revision(lab: Lab) -> int:
    return int((await lab.get("/api/v1/mesh"))["revision"])


async def test_it_is_named_and_the_node_goes_on_at_one_place(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, heartbeat_interval=2.0) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        await lab.wait_reachable()
        node, other = lab.nodes
        assert node.agent is not None
        await node.agent.stop()
        copy = lab.add_host("copy")
        copy_disk(node, copy)
        await lab.start_agent(node)
        await lab.wait_online([node.name, other.name])
        before = await revision(lab)
        await lab.start_agent(copy)

        async def named() -> str:
            shown = await lab.get(f"/api/v1/nodes/{node.name}")
            return next((check["message"] for check in shown["checks"] if check["name"] == "runs once"), "")

        message = await wait_until(
            "the control plane says that it runs twice", named, timeout=150, interval=0.5
        )
        for host in (node, copy):
            assert f" at {host.address}" in message
        problem = await copy.wait_problem("NODE_RUNS_TWICE", timeout=150)
        assert "nimbus-agent leave --local --yes" in problem
        # The two have cut each other off; now one of them is quiet.
        await lab.wait_state("Degraded", [node.name], timeout=60)
        # From now on the node is reached at one place, and the mesh comes to rest.
        overlay = await lab.overlay_addresses()
        await lab.wait_reachable_from(other, [overlay[node.name]], timeout=60)
        changes = await revision(lab) - before
        assert changes <= 8, changes
        done = await lab.command("task", "create", "--node", node.name, "--kind", "collect_facts", "--wait")
        assert done.status == 0, done

        # What the line says: the copy leaves, and joins as a node of its own.
        assert copy.agent is not None
        await copy.agent.stop()
        left = await copy.nimbus_agent("leave", "--local", "--yes")
        assert left.status == 0, left
        assert copy.interface not in copy.namespace.ip("link")
        await lab.make_node(copy, await lab.token("copy"))
        await lab.wait_online([other.name, "copy"], timeout=30)
        await lab.wait_reachable(["control-plane", node.name, other.name, "copy"], timeout=120)
