"""A network that lets TCP to the API pass and no UDP: the node joins, works, and goes by UDP as soon as it can."""

from __future__ import annotations

import sqlite3

import pytest

from tests.kit.lab import LabHost, wait_until
from tests.kit.lab.lab import API_PORT
from tests.kit.lab.network import UNDERLAY, filter_packets
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root


async def test_a_node_without_udp_joins_over_tls_works_and_goes_back_to_udp(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        host = lab.control_plane
        await lab.start_control_plane(api_addresses=f"{host.address}:{API_PORT}")
        node, other = lab["n1"], lab["n2"]
        await lab.make_node(other)
        incoming, outgoing = ["-p", "udp", "-i", UNDERLAY], ["-p", "udp", "-o", UNDERLAY]
        tcp = ["-p", "tcp", "-i", UNDERLAY, "!", "--sport", str(API_PORT)]
        filter_packets(node.namespace, "INPUT", incoming)
        filter_packets(node.namespace, "OUTPUT", outgoing)
        filter_packets(node.namespace, "INPUT", tcp)
        done = await lab.join(node, await lab.token("n1"))
        assert done.status == 0, done.err
        assert "over TLS" in done.err
        await lab.start_agent(node)
        await lab.wait_online(timeout=30)

        async def goes_by(way: str) -> bool:
            return bool((await lab.get("/api/v1/nodes/n1"))["mesh_via"] == way)

        await wait_until("the node says that it goes over TLS", lambda: goes_by("tls"), timeout=40)
        shown = (await node.status())["mesh"]
        assert (shown["via"], shown["tls_problem"]) == ("tls", "")
        task = await lab.post("/api/v1/tasks", {"node": "n1", "kind": "collect_facts"})

        async def is_done() -> bool:
            return bool((await lab.get(f"/api/v1/tasks/{task['id']}"))["state"] == "succeeded")

        await wait_until("a task runs", is_done, timeout=40)
        # To other nodes by the relay: there is no address that they could send to.
        await lab.wait_reachable(["n1", "n2"], timeout=60)
        # What the control plane's WireGuard sees is of its own machine, and nothing for others.
        assert stored_endpoint(host.data / "nimbus.db") == ""
        for chain, rule in (("INPUT", incoming), ("OUTPUT", outgoing)):
            filter_packets(node.namespace, chain, rule, on=False)
        # The next handshake finds it; here it does not take two minutes.
        key = of_hub(node, "allowed-ips", (await lab.overlay_addresses())["control-plane"])
        node.namespace.run_now("wg", "set", node.interface, "peer", key, "remove")
        await wait_until("the node goes by UDP again", lambda: goes_by("udp"), timeout=60)

        async def is_direct() -> bool:
            return of_hub(node, "endpoints", f"{host.address}:51820") == key

        await wait_until("WireGuard sends there", is_direct, timeout=40)
        await lab.wait_online()


def of_hub(node: LabHost, what: str, value: str) -> str:
    """The key of the peer of which WireGuard shows that; "" of none."""
    shown = node.namespace.run_now("wg", "show", node.interface, what).splitlines()
    found = (line.split()[0] for line in shown if line.split()[1].removesuffix("/32") == value)
    return next(found, "")


def stored_endpoint(database: object) -> str:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return str(connection.execute("SELECT endpoint FROM mesh_peers WHERE name = 'n1'").fetchone()[0])
    finally:
        connection.close()
