"""Nodes behind routers and firewalls find a way to each other; what is used can be seen on each of them."""

from __future__ import annotations

import pytest

from tests.kit.lab import Lab, LabHost, NotInTime, wait_until
from tests.kit.lab.router import put_behind_router
from tests.system.conftest import MakeLab
from tests.system.networks import guard

pytestmark = [pytest.mark.root, pytest.mark.slow]


async def peer_of(host: LabHost, address: str) -> tuple[str, str]:
    """Where WireGuard on this host sends for an overlay address, and its keepalive."""
    shown = (await host.run("wg", "show", host.interface, "dump")).out
    peers = [line.split("\t") for line in shown.splitlines()[1:]]
    return next(((each[2], each[7]) for each in peers if each[3] == f"{address}/32"), ("", ""))


async def wait_ways(lab: Lab, one: str, other: str, expected: tuple[str, str]) -> None:
    """Until the two reach each other, and send to these hosts for it."""
    addresses = await lab.overlay_addresses()
    ends = ((lab[one], addresses[other]), (lab[other], addresses[one]))
    found: list[str] = []

    async def is_so() -> bool:
        nonlocal found
        answers = [await host.ping(address) for host, address in ends]
        found = [(await peer_of(host, address))[0].partition(":")[0] for host, address in ends]
        return all(answers) and tuple(found) == expected

    try:
        await wait_until(f"{one} and {other} at {expected}", is_so, timeout=60)
    except NotInTime:
        raise AssertionError(f"{one} and {other}: {found} and not {expected}") from None


async def test_pairs_behind_routers_and_firewalls_find_their_ways(make_lab: MakeLab) -> None:
    async with make_lab(nodes=4, mesh="userspace") as lab:
        put_behind_router(lab, [lab["n1"], lab["n2"]], "port-restricted", 1)
        put_behind_router(lab, [lab["n3"]], "symmetric", 2)
        guard(lab["n4"])
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=40)
        # One router: on the network behind it.
        await wait_ways(lab, "n1", "n2", ("192.168.1.11", "192.168.1.10"))
        # Both let in nothing but answers: both have sent, the one because the other has asked for it.
        await wait_ways(lab, "n1", "n4", (lab["n4"].address, "192.0.2.101"))
        addresses = await lab.overlay_addresses()

        async def is_kept_open() -> bool:
            return (await peer_of(lab["n1"], addresses["n4"]))[1] == "25"

        await wait_until("the router's mapping is kept", is_kept_open, timeout=20)
        # No port of the one is the one that the other has to send to: by the relay.
        await wait_ways(lab, "n1", "n3", ("127.0.0.1", "127.0.0.1"))
        # And so it is told.
        told = {(pair["from"], pair["to"]): pair for pair in await lab.nimbus("mesh", "status")}
        assert (told["n1", "n2"]["path"], told["n1", "n2"]["way"]) == ("direct", "lan")
        assert (told["n1", "n4"]["path"], told["n1", "n4"]["way"]) == ("direct", "outside")
        assert (told["n1", "n3"]["path"], told["n1", "n3"]["way"]) == ("relayed", "relay")
        why = await lab.nimbus("why", "n1", "n3")
        assert why["path"] == "relayed"
        relayed = f"n1 to n3: by the relay at {addresses['control-plane']}, encrypted from end to end"
        assert relayed in [each["message"] for each in why["findings"]]
