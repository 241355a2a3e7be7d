"""An interface, a UDP port and networks that are somebody else's, or become it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from nimbus.wireguard.keys import generate_private_key
from tests.kit.lab import Lab, LabHost, wait_until
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
HEARTBEAT_S = 3.0


def key_of(host: LabHost) -> str:
    return host.namespace.run_now("wg", "show", host.interface, "private-key").strip()


def make_by_hand(host: LabHost) -> str:
    """A WireGuard interface that an operator made; its key."""
    host.namespace.run_now("wireguard-go", host.interface)
    file = host.folder / "theirs.key"
    file.write_text(generate_private_key())
    host.namespace.run_now("wg", "set", host.interface, "private-key", str(file))
    return key_of(host)


async def test_an_interface_of_somebody_else_is_neither_changed_nor_removed(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane()
        node = lab["n1"]
        theirs = make_by_hand(node)
        token = await lab.token("n1")
        done = await lab.join(node, token)
        assert done.status == 1, done
        assert done.line.endswith("[MESH_DEVICE_FOREIGN]"), done
        assert "with a WireGuard key that is not ours" in done.line
        assert "--interface" in done.line
        assert key_of(node) == theirs
        left = await node.nimbus_agent("leave", "--force", "--yes")
        assert left.status in (0, 1), left
        assert key_of(node) == theirs
        node.namespace.ip("link", "delete", node.interface)
        await lab.make_node(node, token)
        await lab.wait_online()
        shown = node.namespace.ip("link", "show", node.interface)
        assert f"alias nimbus-agent {node.data}" in shown
        # By its alias an operator sees whose it is; another agent on the machine does, too.
        host = lab.control_plane
        assert "alias nimbus " in host.namespace.ip("link", "show", host.interface)


async def test_a_port_that_is_taken_at_boot_and_a_network_that_comes_later(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, heartbeat_interval=HEARTBEAT_S) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online()
        node = lab["n1"]
        await port_is_taken(lab, node)
        await network_comes(lab, node)


async def shown(lab: Lab) -> dict[str, Any]:
    node: dict[str, Any] = await lab.get("/api/v1/nodes/n1")
    return node


async def port_is_taken(lab: Lab, node: LabHost) -> None:
    port = json.loads((node.data / "node.json").read_bytes())["listen_port"]
    assert node.agent is not None
    await node.agent.kill()
    node.namespace.ip("link", "delete", node.interface)
    with node.namespace.call_now(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind(("0.0.0.0", port))
        await lab.start_agent(node)

        async def alert() -> str:
            return next((text for text in (await shown(lab))["alerts"] if str(port) in text), "")

        said = await wait_until("the alert about the port", alert, timeout=30)
        assert said.startswith(f"UDP port {port} is in use by another program")
        await lab.wait_online()
        # The other node has been told where this one is now.
        await lab.wait_reachable(timeout=30)


async def network_comes(lab: Lab, node: LabHost) -> None:
    node.namespace.ip("link", "add", "docker9", "type", "bridge")
    node.namespace.ip("address", "add", "10.106.103.193/26", "dev", "docker9")
    node.namespace.ip("link", "set", "docker9", "up")

    async def named() -> str:
        checks = (await shown(lab))["checks"]
        return next((check["message"] for check in checks if not check["healthy"]), "")

    problem = await wait_until("the network to be named", named, timeout=20)
    assert problem.startswith("10.106.103.192/26 (docker9) overlaps the mesh (10.106.103.0/24)"), problem
    assert (await lab.node_states())["n1"] == "Degraded"
    node.namespace.ip("link", "delete", "docker9")
    await lab.wait_online(timeout=20)


async def test_the_control_planes_own_machine_is_a_node_too(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, heartbeat_interval=HEARTBEAT_S) as lab:
        await lab.start_control_plane()
        await lab.make_nodes()
        host = lab.control_plane
        key = key_of(host)
        data = ["--data-dir", str(host.folder / "agent")]
        done = await host.nimbus_agent("join", "-", *data, stdin=await lab.token("home"))
        assert done.status == 0, done
        assert "the control plane's own machine" in done.err
        agent = await host.start("nimbus-agent-beside", *lab.program("nimbus-agent"), "run", *data)
        await lab.wait_online(["home", "n1"])
        # One interface, one place in the mesh.
        assert key_of(host) == key
        assert host.namespace.run_now("wg", "show", "interfaces").split().count(host.interface) == 1
        addresses = await lab.overlay_addresses()
        assert (addresses["home"], addresses["n1"]) == ("10.106.103.1", "10.106.103.2")
        assert await lab["n1"].ping("10.106.103.1")
        task = await lab.nimbus("task", "create", "--node", "home", "--kind", "collect_facts", "--wait")
        assert task["state"] == "succeeded"
        why = await lab.get("/api/v1/mesh/why", **{"from": "n1", "to": "home"})
        assert why["to"] == "control-plane"
        assert {(pair["from"], pair["to"]) for pair in why["pairs"]} == {
            ("n1", "control-plane"),
            ("control-plane", "n1"),
        }
        # The next one gets the address that the token of this one had held.
        other = lab.add_host("n2")
        await lab.make_node(other)
        await lab.wait_online()
        assert (await lab.overlay_addresses())["n2"] != "10.106.103.1"
        await agent.stop()
        left = await host.nimbus_agent("leave", "--yes", *data)
        assert left.status == 0, left
        assert key_of(host) == key
        assert await lab["n1"].ping("10.106.103.1")


async def test_nobody_else_says_that_it_is_the_control_planes_machine(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1) as lab:
        await lab.start_control_plane()
        node = lab["n1"]
        # Its address on an interface of one's own: the answers do not come there.
        node.namespace.ip("address", "add", "10.106.103.1/32", "dev", "lo")
        done = await lab.join(node, await lab.token("n1"))
        assert done.status == 1, done
        assert not (node.data / "node.json").exists()
