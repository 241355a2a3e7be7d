"""What tests of ways ask of a lab: where WireGuard sends, what the mesh is told, what was on the wire."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from tests.kit.lab import Lab, LabHost, NotInTime, wait_until
from tests.kit.lab.network import UNDERLAY, filter_packets

Pair = tuple[str, str]


def endpoints(host: LabHost) -> dict[str, str]:
    """Where WireGuard on this host sends, by overlay address."""
    shown = host.namespace.run_now("wg", "show", host.interface, "dump")
    peers = (line.split("\t") for line in shown.splitlines()[1:])
    return {each[3].removesuffix("/32"): each[2] for each in peers}


def is_relayed(lab: Lab, addresses: Mapping[str, str], one: str, other: str) -> bool:
    """Whether either of the two sends to the other by a relay."""
    ends = ((lab[one], addresses[other]), (lab[other], addresses[one]))
    return any(endpoints(host).get(address, "").startswith("127.") for host, address in ends)


async def wait_ways(lab: Lab, expected: Mapping[Pair, str], timeout: float = 90) -> None:
    """Until each pair reaches each other "direct", or by "relay"."""
    addresses = await lab.overlay_addresses()
    found: dict[Pair, str] = {}

    async def is_so() -> bool:
        silent = set(await lab.unreachable_pairs({name: addresses[name] for name in names_of(expected)}))
        for one, other in expected:
            if {(one, other), (other, one)} & silent:
                found[one, other] = "none"
            else:
                found[one, other] = "relay" if is_relayed(lab, addresses, one, other) else "direct"
        return found == dict(expected)

    try:
        await wait_until("the ways", is_so, timeout=timeout, interval=0.5)
    except NotInTime:
        wrong = {pair: (way, found.get(pair)) for pair, way in expected.items() if found.get(pair) != way}
        raise AssertionError(f"expected and found: {wrong}") from None


def names_of(pairs: Collection[Pair]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in pair))


async def measure(lab: Lab) -> None:
    """Have all nodes measure, until that is done."""
    started = await lab.post("/api/v1/mesh/probes")

    async def is_done() -> bool:
        states = [(await lab.get(f"/api/v1/operations/{each}"))["state"] for each in started["operations"]]
        return not {"pending", "running"} & {*states}

    await wait_until("all have measured", is_done, timeout=60, interval=0.3)


async def why(lab: Lab, one: str, other: str) -> dict[str, Any]:
    return cast("dict[str, Any]", await lab.get("/api/v1/mesh/why", **{"from": one, "to": other}))


def messages(explained: Mapping[str, Any], beginning: str = "") -> list[str]:
    return [each["message"] for each in explained["findings"] if str(each["message"]).startswith(beginning)]


async def wait_network(lab: Lab, name: str, words: str, timeout: float = 30) -> None:
    """Until the node itself says that this is in front of it."""
    said = ""

    async def is_said() -> bool:
        nonlocal said
        said = (await lab[name].status())["mesh"]["network"]
        return bool(said == words)

    try:
        await wait_until("", is_said, timeout=timeout, interval=0.5)
    except NotInTime:
        raise AssertionError(f"{name} is told {said!r} and not {words!r}") from None


def guard(host: LabHost) -> None:
    """A firewall that lets in what answers, and the control plane's API."""
    filter_packets(
        host.namespace, "INPUT", ["-i", UNDERLAY, "-p", "udp", "-m", "conntrack", "--ctstate", "NEW"]
    )
