"""Every kind of network with every other: which pairs get a direct way, what is said of it. The table of
docs/mesh-ways.md is what is expected here."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.kit.lab.router import NatKind, put_behind_router
from tests.system.conftest import MakeLab
from tests.system.networks import guard, measure, messages, wait_network, wait_ways, why

pytestmark = [pytest.mark.root, pytest.mark.slow]

DOCS = Path(__file__).parents[2] / "docs/mesh-ways.md"
# The columns of the table, and a node in a network of each; two of those that need two to be told apart.
HOSTS = {
    "n1": "no NAT",
    "n2": "firewall",
    "n3": "full cone",
    "n4": "address-restricted",
    "n5": "port-restricted",
    "n6": "symmetric",
    "n7": "port-restricted",
    "n8": "symmetric",
}
TOLD = {
    "no NAT": "none",
    "firewall": "none",
    "full cone": "same_port",
    "address-restricted": "same_port",
    "port-restricted": "same_port",
    "symmetric": "port_per_destination",
}


def table() -> dict[tuple[str, str], str]:
    """From the page, by the names of the kinds."""
    lines = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = next(row for row in rows if row[0] == "kind of network")
    found: dict[tuple[str, str], str] = {}
    for row in rows[rows.index(head) + 2 :]:
        if row[0] not in head:
            break
        found |= {(row[0], kind): cell for kind, cell in zip(head[1:], row[1:], strict=True)}
    return found


async def test_every_kind_of_network_with_every_other(make_lab: MakeLab) -> None:
    expected = table()
    assert {kind for pair in expected for kind in pair} == set(TOLD)
    ways = {
        (one, other): expected[HOSTS[one], HOSTS[other]] for one, other in itertools.combinations(HOSTS, 2)
    }
    async with make_lab(nodes=len(HOSTS), mesh="userspace") as lab:
        for number, (name, kind) in enumerate(HOSTS.items(), 1):
            if kind == "firewall":
                guard(lab[name])
            elif kind != "no NAT":
                nat: NatKind = kind.replace("full cone", "full-cone")  # type: ignore[assignment]
                put_behind_router(lab, [lab[name]], nat, number)
        await lab.start_control_plane()
        await lab.make_nodes()
        await lab.wait_online(timeout=60)
        for name, kind in HOSTS.items():
            await wait_network(lab, name, TOLD[kind])
        await wait_ways(lab, ways, timeout=150)
        await measure(lab)
        told = await why(lab, "n6", "n8")
        assert told["path"] == "relayed"
        assert "both are behind NATs that give a port for each destination" in told["summary"]
        assert "mesh_endpoint" in told["next_step"]
        assert "symmetric" in messages(told, "n6 is behind a NAT")[0]
        told = await why(lab, "n5", "n6")
        assert "the NAT of n5 lets in nothing but answers" in told["summary"]
        assert "its port is kept" in messages(told, "n5 is behind a NAT")[0]
        told = await why(lab, "n2", "n6")
        assert (told["path"], "n2" in told["next_step"]) == ("relayed", True)
        assert (await why(lab, "n1", "n5"))["path"] == "direct"
