"""Nodes behind routers and firewalls find a way to each other; what is used can be seen on each of them."""

from __future__ import annotations

import pytest

from tests.kit.lab import Lab, LabHost, wait_until
from tests.kit.lab.network import UNDERLAY, filter_packets
from tests.kit.lab.router import put_behind_router
from tests.system.conftest import MakeLab

pytestmark = [pytest.mark.root, pytest.mark.slow]


async def peer_of(host: LabHost, address: str) -> tuple[str, str]:
    """Where WireGuard on this host sends for an overlay address, and its keepalive."""
    shown = (await host.run("wg", "show", host.interface, "dump")).out
    peers = [line.split("\t") for line in shown.splitlines()[1:]]
    return next(((each[2], each[7]) for each in peers if each[3] == f"{address}/32"), ("", ""))


async def wait_pair(lab: Lab, one: str, other: str, timeout: float = 40.0) -> tuple[str, str]:
    """Until the two reach each other; the hosts to which they send."""
    addresses = await lab.overlay_addresses()
    await lab.wait_reachable_from(lab[one], [addresses[other]], timeout=timeout)
    await lab.wait_reachable_from(lab[other], [addresses[one]], timeout=timeout)
    ends = [await peer_of(lab[each[0]], addresses[each[1]]) for each in ((one, other), (other, one))]
    return ends[0][0].partition(":")[0], ends[1][0].partition(":")[0]


def guard(host: LabHost) -> None:
    """A firewall that lets in what answers, and the control plane's API."""
    filter_packets(
        host.namespace, "INPUT", ["-i", UNDERLAY, "-p", "udp", "-m", "conntrack", "--ctstate", "NEW"]
    )


async def test_pairs_behind_routers_and_firewalls_find_their_ways(make_lab: MakeLab) -> None:
    async with make_lab(nodes=5, mesh="userspace") as lab:
        put_behind_router(lab, [lab["n1"], lab["n2"]], "port-restricted", 1)
        put_behind_router(lab, [lab["n3"]], "symmetric", 2)
        guard(lab["n4"])
        guard(lab["n5"])
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=40)
        # One router: on the network behind it.
        assert await wait_pair(lab, "n1", "n2") == ("192.168.1.11", "192.168.1.10")
        # Both let in nothing but answers: both have sent at the same moment.
        assert await wait_pair(lab, "n4", "n5") == (lab["n5"].address, lab["n4"].address)
        assert await wait_pair(lab, "n1", "n4") == (lab["n4"].address, "192.0.2.101")
        addresses = await lab.overlay_addresses()

        async def is_kept_open() -> bool:
            return (await peer_of(lab["n1"], addresses["n4"]))[1] == "25"

        await wait_until("the router's mapping is kept", is_kept_open, timeout=20)
        # No port of the one is the one that the other has to send to: by the relay.
        assert await wait_pair(lab, "n1", "n3") == ("127.0.0.1", "127.0.0.1")
