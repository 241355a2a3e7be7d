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
        # Which of two equals is the right one nobody can know.
        refused = await who_is_refused((node, copy))
        served = node if refused is copy else copy
        assert "nimbus-agent leave --local --yes" in (await refused.status())["problem"]
        # The two have cut each other off; now one of them is quiet, and the mesh comes to rest.
        await lab.wait_state("Degraded", [node.name], timeout=120)
        overlay = await lab.overlay_addresses()
        await lab.wait_reachable_from(other, [overlay[node.name]], timeout=60)
        assert await other.ping(overlay[node.name])
        changes = await revision(lab) - before
        assert changes <= 8, changes
        created = await lab.command(
            "task", "create", "--node", node.name, "--kind", "collect_facts", "--wait", timeout=120
        )
        assert created.status == 0, created
        facts = (await lab.get(f"/api/v1/nodes/{node.name}"))["facts"]
        assert served.address in facts["addresses"]

        # What the line says: the copy leaves, and joins as a node of its own.
        assert refused.agent is not None
        await refused.agent.stop()
        left = await refused.nimbus_agent("leave", "--local", "--yes")
        assert left.status == 0, left
        assert refused.interface not in refused.namespace.ip("link")
        await lab.make_node(refused, await lab.token("another"))
        await lab.wait_online([other.name, "another"], timeout=30)
        addresses = await lab.overlay_addresses()
        await lab.wait_reachable_from(refused, [addresses[node.name], addresses[other.name]], timeout=120)
        await lab.wait_reachable_from(served, [addresses["another"], addresses[other.name]], timeout=120)


async def who_is_refused(hosts: tuple[LabHost, LabHost]) -> LabHost:
    async def one_of_them() -> LabHost | None:
        for host in hosts:
            if "[NODE_RUNS_TWICE]" in (await host.status())["problem"]:
                return host
        return None

    found = await wait_until("one of the two is told", one_of_them, timeout=200, interval=0.5)
    assert found is not None
    return found
