"""What is in front of a member, by where it is heard: every kind, and nothing of what it says of others."""

from __future__ import annotations

import itertools

import pytest

from nimbus.fleet.mesh.nat.rules import HUB, SECOND, Network, Observed, View, network_of
from nimbus.fleet.mesh.nat.words import of_network, why_relayed

OWN = "192.168.1.10"
HERE = f"{OWN}:51820"
OUT, OTHER_PORT, OTHER_HOST = "198.51.100.7:51820", "198.51.100.7:40001", "198.51.100.8:51820"
BETWEEN = "100.64.0.10:51820"
V6, V6_OTHER = "[2001:db8::7]:51820", "[2001:db8::7]:4000"


def seen(hub: str = "", second: str = "", *others: str, **more: object) -> Observed:
    views = tuple(View(f"n{number}", endpoint) for number, endpoint in enumerate(others, 2))
    return Observed(own=(OWN,), hub=hub, second=second, others=views)._replace(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("observed", "kind", "is_doubled"),
    [
        (seen(), "unknown", False),
        (seen(OUT, OUT, own=()), "unknown", False),
        (seen("nonsense", ""), "unknown", False),
        (seen(is_over_tls=True), "udp_blocked", False),
        (seen(OUT, OUT, is_over_tls=True), "udp_blocked", False),
        (seen(HERE), "none", False),
        (seen(HERE, HERE, HERE), "none", False),
        (seen(HERE, HERE, asked_first=("n2",)), "firewall", False),
        # A firewall behind a NAT is nothing that anybody can tell from the NAT.
        (seen(OUT, OUT, asked_first=("n2",)), "same_port", False),
        # Something on the machine itself changes its ports.
        (seen(HERE, f"{OWN}:4000"), "port_per_destination", False),
        (seen(OUT), "nat", False),
        (seen("", OUT), "nat", False),
        (seen(OUT, OUT), "same_port", False),
        (seen(OUT, "", OUT), "same_port", False),
        (seen(OUT, OTHER_PORT), "port_per_destination", False),
        (seen(OUT, OUT, OTHER_PORT), "port_per_destination", False),
        (seen(OUT, OUT, OTHER_HOST), "port_per_destination", False),
        # Who is in the same network hears it at its own address: that says nothing of the NAT.
        (seen(OUT, "", HERE), "nat", False),
        (seen(OUT, OUT, HERE), "same_port", False),
        (seen(OUT, OTHER_PORT, HERE), "port_per_destination", False),
        # The control plane is behind the same router, others are not.
        (seen(HERE, HERE, OUT), "nat", False),
        (seen(HERE, HERE, OUT, OUT), "same_port", False),
        # Who is between two NATs hears it at an address that is neither its own nor one of the Internet.
        (seen(OUT, OUT, BETWEEN), "same_port", True),
        (seen(OUT, OTHER_PORT, BETWEEN), "port_per_destination", True),
        (seen(OUT, "", BETWEEN), "nat", True),
        (seen(BETWEEN, BETWEEN, OUT), "nat", True),
        # The control plane itself is in a private network: one NAT.
        (seen(BETWEEN, BETWEEN), "same_port", False),
        # Each family has an address of its own.
        (seen(OUT, OUT, V6), "same_port", False),
        (seen(OUT, OUT, V6, V6_OTHER), "port_per_destination", False),
        # A router's address that passes a port on is named among its own; here it is known better.
        (seen(OUT, OUT, own=("198.51.100.7", OWN), on_the_way=OWN), "same_port", False),
        (seen(OUT, OTHER_PORT, own=("198.51.100.7", OWN), on_the_way=OWN), "port_per_destination", False),
        (seen(OUT, own=("198.51.100.7", OWN)), "none", False),
    ],
)
def test_each_kind(observed: Observed, kind: str, is_doubled: bool) -> None:
    found = network_of(observed)
    assert (found.kind, found.is_doubled) == (kind, is_doubled)


def test_what_a_member_says_of_itself_hides_no_other_ports() -> None:
    """It may claim the router's address as its own: that it is heard at several ports is what others say."""
    lies = (("198.51.100.7",), ("198.51.100.7", OWN, "198.51.100.8"))
    for own, on_the_way in itertools.product(lies, ("", "198.51.100.7")):
        found = network_of(seen(OUT, OTHER_PORT, own=own, on_the_way=on_the_way))
        assert found.kind == "port_per_destination"


def test_every_combination_has_a_kind_and_words() -> None:
    endpoints = ("", HERE, OUT, OTHER_PORT, BETWEEN, V6, "x:y:z")
    for hub, second, other in itertools.product(endpoints, repeat=3):
        for own, is_over_tls, asked in itertools.product(((), (OWN,)), (False, True), ((), ("n2",))):
            found = network_of(seen(hub, second, other, own=own, is_over_tls=is_over_tls, asked_first=asked))
            text = of_network("a", found).message
            assert "{" not in text
            assert text.startswith(("a is behind", "a is in a network", "whether a is"))
            assert ("two NATs" in text) == found.is_doubled


def test_what_it_is_told_by_is_named() -> None:
    message = of_network("a", network_of(seen(OUT, OUT, BETWEEN))).message
    assert message == (
        "a is behind two NATs, one behind the other; its port is kept for all destinations: n2 hears it at"
        f" {BETWEEN}, between the two (heard by {HUB} at {OUT}, {SECOND} at {OUT}, n2 at {BETWEEN})"
    )
    assert of_network("a", Network()).message == "whether a is behind a NAT is not known"


KINDS = ("udp_blocked", "none", "firewall", "same_port", "port_per_destination", "nat", "unknown")
BLOCKED, BOTH, ONE_NAT, ONE_WALL = "lets no UDP", "both are", "the NAT of", "the firewall of"
DROPPED = "something between them"


def expected(one: str, other: str) -> str:
    kinds = {one, other}
    if "udp_blocked" in kinds:
        return BLOCKED
    if kinds == {"port_per_destination"}:
        return BOTH
    if "port_per_destination" in kinds and kinds & {"same_port", "nat"}:
        return ONE_NAT
    if kinds == {"port_per_destination", "firewall"}:
        return ONE_WALL
    return DROPPED if kinds & {"none", "firewall"} else ""


@pytest.mark.parametrize(("one", "other"), list(itertools.product(KINDS, repeat=2)))
def test_what_follows_for_each_pair(one: str, other: str) -> None:
    reason, next_step = why_relayed(("a", Network(one)), ("b", Network(other)))  # type: ignore[arg-type]
    assert reason.find(expected(one, other)) >= 0
    assert bool(reason) == bool(next_step) == bool(expected(one, other))
    if expected(one, other) in (BOTH, ONE_NAT):
        assert "mesh_endpoint" in next_step
