"""Ways that carry less than Ethernet does, and do not say so: a switch drops what is too large for a port."""

from __future__ import annotations

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.lab import API_PORT
from tests.kit.lab.network import filter_packets
from tests.system.conftest import MakeLab
from tests.system.networks import measure, messages, why

pytestmark = pytest.mark.root
# Of the outer packet's: 20 of IPv4, 8 of UDP, 32 of WireGuard.
OVERHEAD = 60
CARRIED = 1280


def mtu_of(host: LabHost) -> int:
    return int(host.namespace.ip("-o", "link", "show", host.interface).split(" mtu ")[1].split()[0])


async def downloads(lab: Lab, host: LabHost) -> bool:
    """Some megabytes through the tunnel, to the node."""
    address = (await lab.overlay_addresses())["control-plane"]
    url = f"https://{address}:{API_PORT}/download/nimbus-agent"
    done = await host.run("curl", "-fsSk", "--max-time", "20", url, "-o", "/dev/null")
    return done.status == 0


async def test_a_machine_joins_and_works_where_large_packets_vanish(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="userspace") as lab:
        await lab.start_control_plane()
        n1 = lab["n1"]
        lab.switch.ip("link", "set", n1.port, "mtu", str(CARRIED))
        await lab.make_nodes()
        await lab.wait_online()

        async def measured() -> bool:
            node = await lab.get("/api/v1/nodes/n1")
            return bool(node["mtu_source"] == "measured" and node["mtu"] == mtu_of(n1))

        await wait_until("the node says what it has measured", measured, timeout=10)
        assert CARRIED - OVERHEAD - 16 <= mtu_of(n1) <= CARRIED - OVERHEAD
        assert await downloads(lab, n1)
        seen = await n1.nimbus_agent("doctor")
        assert (seen.status, f"packets of {mtu_of(n1)} bytes arrive" in seen.out) == (0, True), seen.out
        why = await lab.command("why", "control-plane", "n1")
        assert "without an ICMP message" in why.out, why.out
        assert (await lab.command("node", "set", "n1", "--port", "51999", "--mtu", "1100")).status == 0

        async def follows() -> bool:
            node = await lab.get("/api/v1/nodes/n1")
            return (node["listen_port"], node["mtu"], node["mtu_source"]) == (51999, 1100, "set")

        await wait_until("the node has the port and the MTU that were set for it", follows, timeout=10)
        assert mtu_of(n1) == 1100
        assert await downloads(lab, n1)
        seen = await n1.nimbus_agent("doctor")
        assert "WireGuard listens on UDP port 51999" in seen.out, seen.out


@pytest.mark.slow
async def test_a_way_between_two_nodes_that_carries_less_gets_a_route(make_lab: MakeLab) -> None:
    async with make_lab(nodes=2, mesh="userspace") as lab:
        await lab.start_control_plane()
        one, other = lab["n1"], lab["n2"]
        too_large = ["-p", "udp", "-m", "length", "--length", f"{CARRIED + 1}:"]
        for here, there in ((one, other), (other, one)):
            filter_packets(here.namespace, "INPUT", ["-s", there.address, *too_large])
        await lab.make_nodes()
        await lab.wait_online()
        addresses = await lab.overlay_addresses()
        assert not await one.ping(addresses["n2"], size=1392)

        async def is_narrow() -> bool:
            # As traffic does: what is large is lost, what is small passes.
            await one.ping(addresses["n2"], size=1000)
            return "mtu" in one.namespace.ip("route", "get", addresses["n2"])

        await wait_until("its route has an MTU", is_narrow, timeout=30)
        assert CARRIED - OVERHEAD - 16 <= route_mtu(one, addresses["n2"]) <= CARRIED - OVERHEAD

        async def passes() -> bool:
            return await one.ping(addresses["n2"], size=1392)

        await wait_until("it passes in pieces, and comes back in pieces", passes, timeout=30)
        assert mtu_of(one) > CARRIED
        await measure(lab)
        told = messages(await why(lab, "n1", "n2"), "n1 to n2: packets of at most")
        assert len(told) == 1, told
        # Another way, and nothing is known of it.
        assert (await lab.command("node", "set", "n1", "--port", "51999")).status == 0

        async def is_wide() -> bool:
            await one.ping(addresses["n2"])
            return "mtu" not in other.namespace.ip("route", "get", addresses["n1"])

        await wait_until("the other end's route is as it was", is_wide, timeout=30)


def route_mtu(host: LabHost, address: str) -> int:
    return int(host.namespace.ip("route", "get", address).split(" mtu ")[1].split()[0])
