"""Ports of peers on a simulated nft: what is in place when, and what a change costs."""

from __future__ import annotations

import itertools
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from agent.firewall.nft import Nft
from agent.mesh_ports.filter import MOST_FAILURES, REST_S, PortFilter
from agent.mesh_ports.table import change, has_peers, peers_in, whole
from nimbus.protocol.messages import MeshPorts
from tests.agent.mesh_ports.simulated_nft import SimulatedNft

SHELL, WEB = MeshPorts(incoming=("tcp/22",)), MeshPorts(("icmp",), ("tcp/80", "tcp/443"))
ports = st.sampled_from([SHELL, WEB, MeshPorts(), MeshPorts(("everything",))])
peers = st.dictionaries(st.sampled_from(["10.0.0.3", "10.0.0.4", "10.0.0.5"]), ports)


def filter_on(nft: SimulatedNft) -> PortFilter:
    return PortFilter("nimbus0", cast("Nft", nft))


def target(nft: SimulatedNft, address: str) -> str:
    return nft.elements["from_peer"].get(address, "")


@given(st.lists(peers, min_size=2, max_size=6))
def test_differences_lead_to_what_the_whole_would_be(states: list[dict[str, MeshPorts]]) -> None:
    step, at_once = SimulatedNft(), SimulatedNft()
    step.apply(whole(states[0], "nimbus0"))
    for before, after in itertools.pairwise(states):
        step.apply(change(before, after))
        at_once.apply(whole(after, "nimbus0"))
        assert (step.elements, step.names) == (at_once.elements, at_once.names)
        assert has_peers(step.read(), after)
        assert after == before or not has_peers(step.read(), before)
        assert peers_in(step.read()) == after.keys()


async def test_a_mesh_without_ports_is_none_of_nfts_business() -> None:
    nft = SimulatedNft()
    held = filter_on(nft)
    await held.start()
    for _ in range(3):
        await held.look()
        await held.close({})
        await held.open({})
    assert (nft.applied, held.is_used, held.keeps_ports, nft.checked) == ([], False, True, 1)
    assert held.holds("10.0.0.3", None)
    assert not held.holds("10.0.0.3", SHELL)


async def test_it_is_closed_before_and_opened_after_the_device() -> None:
    nft = SimulatedNft()
    held = filter_on(nft)
    await held.start()
    await held.close({"10.0.0.3": SHELL, "10.0.0.4": WEB})
    await held.open({"10.0.0.3": SHELL, "10.0.0.4": WEB})
    assert held.holds("10.0.0.3", SHELL)
    assert not held.holds("10.0.0.3", WEB)
    # One that goes, or to whom all is open from now on, is closed until the device is as it shall be.
    await held.close({"10.0.0.4": WEB})
    assert target(nft, "10.0.0.3") == f"in_{SHELL.id}"
    await held.open({"10.0.0.4": WEB})
    assert target(nft, "10.0.0.3") == ""
    await held.close({})
    assert target(nft, "10.0.0.4")
    await held.open({})
    assert (nft.entries, held.is_used) == ([], False)


async def test_a_peer_more_is_an_element_more() -> None:
    nft = SimulatedNft()
    held = filter_on(nft)
    await held.close({"10.0.0.3": SHELL})
    await held.close({"10.0.0.3": SHELL, "10.0.0.4": SHELL})
    verbs = [[*command] for command in nft.applied[-1]["nftables"][1:]]
    kinds = [[*command["add"]] for command in nft.applied[-1]["nftables"][1:]]
    assert (verbs, kinds) == ([["add"], ["add"]], [["element"], ["element"]])
    number = len(nft.applied)
    await held.close({"10.0.0.3": SHELL, "10.0.0.4": SHELL})
    assert len(nft.applied) == number


async def test_what_could_not_be_set_is_not_held_and_the_rest_is() -> None:
    nft = SimulatedNft()
    held = filter_on(nft)
    await held.start()
    await held.close({"10.0.0.3": SHELL})
    nft.failure = "no memory"
    await held.close({"10.0.0.3": SHELL, "10.0.0.4": WEB})
    assert (held.holds("10.0.0.3", SHELL), held.holds("10.0.0.4", WEB)) == (True, False)
    assert (held.problem, held.keeps_ports) == ("no memory", True)
    await held.close({"10.0.0.3": WEB})
    assert not held.holds("10.0.0.3", WEB)
    assert not held.holds("10.0.0.3", SHELL)
    nft.failure = ""
    await held.close({"10.0.0.3": WEB})
    assert (held.holds("10.0.0.3", WEB), held.problem) == (True, "")
    assert has_peers(nft.read(), {"10.0.0.3": WEB})


async def test_what_an_earlier_run_left_stays_closed_until_the_device_is_as_wanted() -> None:
    nft = SimulatedNft()
    await filter_on(nft).close({"10.0.0.3": WEB, "10.0.0.4": SHELL})
    held = filter_on(nft)
    await held.start()
    assert held.is_used
    await held.close({"10.0.0.4": SHELL})
    assert target(nft, "10.0.0.3") == f"in_{MeshPorts().id}"
    assert held.holds("10.0.0.4", SHELL)
    await held.open({"10.0.0.4": SHELL})
    assert has_peers(nft.read(), {"10.0.0.4": SHELL})
    again = filter_on(nft)
    await again.start()
    await again.close({})
    assert target(nft, "10.0.0.4") == f"in_{MeshPorts().id}"
    await again.open({})
    assert nft.entries == []


@pytest.mark.parametrize("harm", ["flushed", "another element", "no element", "rule"])
async def test_what_somebody_else_changes_is_mended(harm: str) -> None:
    nft = SimulatedNft()
    held = filter_on(nft)
    await held.close({"10.0.0.3": SHELL})
    await held.look()
    number = len(nft.applied)
    await held.look()
    await held.close({"10.0.0.3": SHELL})
    assert len(nft.applied) == number
    if harm == "flushed":
        nft.entries = []
    elif harm == "rule":
        nft.entries.remove(next(e for e in nft.entries if e[0] == "rule" and "drop" in e[1]["expr"][0]))
    else:
        maps: list[Any] = [value for kind, value in nft.entries if kind == "map"]
        maps[0]["elem"] = (
            [] if harm == "no element" else [*maps[0]["elem"], ["10.0.0.9", maps[0]["elem"][0][1]]]
        )
    await held.look()
    assert not held.holds("10.0.0.3", SHELL)
    await held.close({"10.0.0.3": SHELL})
    await held.open({"10.0.0.3": SHELL})
    assert held.holds("10.0.0.3", SHELL)
    assert has_peers(nft.read(), {"10.0.0.3": SHELL})


async def test_a_machine_without_nft_says_so_and_looks_again(autojump_clock: MockClock) -> None:
    nft = SimulatedNft()
    nft.failure = "nft is not installed"
    held = filter_on(nft)
    await held.start()
    assert (held.keeps_ports, held.problem) == (False, "nft is not installed")
    nft.failure = ""
    await held.look()
    assert not held.keeps_ports
    autojump_clock.jump(REST_S)
    await held.look()
    assert (held.keeps_ports, held.problem) == (True, "")
    await held.close({"10.0.0.3": SHELL})
    nft.failure = "gone"
    for _ in range(MOST_FAILURES):
        assert held.keeps_ports
        await held.look()
    # It is still in place: nobody has said otherwise.
    assert (held.keeps_ports, held.holds("10.0.0.3", SHELL)) == (False, True)
