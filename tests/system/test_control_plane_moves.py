"""The control plane takes another UDP port: announced to one node, unknown to another that slept meanwhile."""

from __future__ import annotations

import pytest

from tests.kit.lab import wait_until
from tests.kit.lab.lab import API_PORT
from tests.kit.lab.network import UNDERLAY, filter_packets
from tests.system.conftest import MakeLab

pytestmark = [pytest.mark.root, pytest.mark.slow]


async def test_nodes_follow_to_another_endpoint_and_the_one_that_slept_too(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        host = lab.control_plane.address
        before, after = f"{host}:51820", f"{host}:51999"
        server = await lab.start_control_plane(endpoint=before, api_addresses=f"{host}:{API_PORT}")
        await lab.make_nodes()
        await lab.wait_online()
        asleep, awake = lab["n2"], lab["n1"]
        for node in (asleep, awake):
            # As behind a NAT: what the control plane sends from another port does not reach the node by itself.
            unasked = ["-i", UNDERLAY, "-p", "udp", "-m", "conntrack", "--ctstate", "NEW"]
            filter_packets(node.namespace, "INPUT", unasked)
        assert asleep.agent is not None
        asleep.agent.signal(15)
        await asleep.agent.wait()
        server.signal(15)
        await server.wait()
        # Announced while it still has the old one.
        announced = f"{after}, {before}"
        server = await lab.start_control_plane(endpoint=announced, wireguard_port=51820)

        async def is_told() -> bool:
            return bool((await lab.get("/api/v1/nodes/n1"))["revisions"].get("node") == 2)

        await wait_until("it knows both", is_told, timeout=40)
        server.signal(15)
        await server.wait()
        await lab.start_control_plane(endpoint=after)
        await lab.wait_state("Offline", [awake.name], timeout=20)
        await lab.wait_state("Online", [awake.name], timeout=60)
        assert (await awake.status())["mesh"]["endpoint"] == after
        await lab.start_agent(asleep)
        await lab.wait_state("Online", [asleep.name], timeout=120)
        assert (await asleep.status())["mesh"]["endpoint"] == after
