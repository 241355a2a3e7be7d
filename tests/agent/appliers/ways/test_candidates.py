"""Which addresses of another member are tried, and in which order."""

from __future__ import annotations

import ipaddress

from agent.appliers.ways.candidates import Candidate, candidates_of, kind_of
from nimbus.protocol.messages import MeshPeer

HOME = (ipaddress.ip_network("192.168.1.0/24"),)
DUAL = (*HOME, ipaddress.ip_network("2001:db8:1::/64"))


def member(seen: str, *more: str) -> MeshPeer:
    return MeshPeer("b", "b", "key", "10.0.0.3", seen, more_endpoints=more)


def test_behind_one_router_the_network_behind_it_comes_first() -> None:
    other = member("198.51.100.7:4242", "192.168.1.11:4000", "10.9.0.4:4000")
    assert candidates_of(other, "198.51.100.7:1111", HOME) == (
        Candidate("192.168.1.11:4000", "lan"),
        # Another network behind the same router.
        Candidate("10.9.0.4:4000", "lan"),
        Candidate("198.51.100.7:4242", "outside"),
    )


def test_behind_another_router_an_address_like_ones_own_network_comes_after_where_it_is_seen() -> None:
    other = member("198.51.100.9:4242", "192.168.1.11:4000", "10.9.0.4:4000", "203.0.113.4:4000")
    assert [each.endpoint for each in candidates_of(other, "198.51.100.7:1111", HOME)] == [
        "198.51.100.9:4242",
        "192.168.1.11:4000",
        "203.0.113.4:4000",
        "10.9.0.4:4000",
    ]


def test_where_the_control_plane_is_on_the_same_network_a_member_is_seen_as_it_is() -> None:
    other = member("192.168.1.11:4000", "192.168.1.11:4000")
    assert candidates_of(other, "192.168.1.10:4000", HOME) == (Candidate("192.168.1.11:4000", "lan"),)


def test_addresses_of_a_family_that_this_machine_does_not_have_are_left_out() -> None:
    other = member("[2001:db8:2::1]:4000", "203.0.113.4:4000", "[fd00::1]:4000")
    assert [each.endpoint for each in candidates_of(other, "", HOME)] == ["203.0.113.4:4000"]
    assert [each.endpoint for each in candidates_of(other, "", DUAL)] == [
        "[2001:db8:2::1]:4000",
        "203.0.113.4:4000",
    ]
    # A machine with private addresses of IPv6 alone has no way to public ones.
    private = (ipaddress.ip_network("fd00:0:0:1::/64"),)
    assert [each.endpoint for each in candidates_of(other, "", private)] == ["[fd00::1]:4000"]
    # Nothing is known of this machine.
    assert len(candidates_of(other, "", ())) == 3


def test_what_is_no_endpoint_is_left_out() -> None:
    assert candidates_of(member("", "nonsense", "host.example:1"), "", HOME) == ()


def test_an_endpoint_that_wireguard_found_itself_has_a_kind_too() -> None:
    candidates = candidates_of(member("198.51.100.9:4242"), "198.51.100.7:1", HOME)
    assert kind_of("198.51.100.9:4242", candidates, HOME) == "outside"
    assert kind_of("198.51.100.9:5", candidates, HOME) == "outside"
    assert kind_of("192.168.1.77:5", candidates, HOME) == "lan"
