"""What is told to others of where a node says that it is reached."""

from __future__ import annotations

import ipaddress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.mesh.endpoints import sorted_out
from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.wireguard.addresses import join_endpoint, split_endpoint
from tests.kit.records import heartbeat

OVERLAY = ipaddress.IPv4Network("10.106.103.0/24")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("127.0.0.1:51820", "leads each machine to itself"),
        ("[::1]:51820", "leads each machine to itself"),
        ("0.0.0.0:51820", "is no machine's address"),
        ("[::]:51820", "is no machine's address"),
        ("250.1.2.3:51820", "is no machine's address"),
        ("224.0.0.251:5353", "is a multicast or broadcast address"),
        ("[ff02::fb]:5353", "is a multicast or broadcast address"),
        ("255.255.255.255:9", "is a multicast or broadcast address"),
        ("169.254.169.254:80", "holds on one link only"),
        ("[fe80::1]:51820", "holds on one link only"),
        ("10.106.103.9:51820", "lies in the mesh itself (10.106.103.0/24)"),
        ("[::ffff:127.0.0.1]:51820", "is an IPv4 address written as IPv6"),
        ("198.51.100.1:51820", "is the control plane's"),
        ("192.0.2.1:0", "is no address and port"),
        ("192.0.2.1:65536", "is no address and port"),
        ("localhost:51820", "is no address and port"),
        ("192.0.2.1", "is no address and port"),
        ("", "is no address and port"),
        ("fe80::1%eth0:1", "is no address and port"),
    ],
)
def test_a_lie_is_refused_by_name(said: str, reason: str) -> None:
    sorted_ = sorted_out([said, "192.168.1.5:51820"], OVERLAY, ["198.51.100.1:51820"])
    assert sorted_.admitted == ("192.168.1.5:51820",)
    assert [(each.endpoint, each.reason) for each in sorted_.refused] == [(said, reason)]


def test_addresses_of_private_and_public_networks_are_told_once_each_and_eight_at_most() -> None:
    said = ["192.168.1.5:1", "192.168.1.5:01", "[2001:DB8:0::1]:1", "[2001:db8::1]:1"]
    assert sorted_out(said, OVERLAY).admitted == ("192.168.1.5:1", "[2001:db8::1]:1")
    many = sorted_out([f"192.0.2.{number}:1" for number in range(1, 60)], OVERLAY)
    assert many.admitted == tuple(f"192.0.2.{number}:1" for number in range(1, 9))
    assert {each.reason for each in many.refused} == {"is one more than the 8 that others are told"}
    assert len(many.refused) == 8


@given(
    st.lists(st.text(max_size=80) | st.ip_addresses().map(lambda ip: join_endpoint(str(ip), 7)), max_size=20)
)
def test_whatever_is_said_what_is_told_is_an_endpoint_outside_of_the_mesh(said: list[str]) -> None:
    sorted_ = sorted_out(said, OVERLAY)
    assert len(sorted_.admitted) <= 8 >= len(sorted_.refused)
    for endpoint in sorted_.admitted:
        address, port = split_endpoint(endpoint)
        assert join_endpoint(address, port) == endpoint
        ip = ipaddress.ip_address(address)
        assert ip not in OVERLAY
        assert not any((ip.is_loopback, ip.is_multicast, ip.is_link_local, ip.is_unspecified))
    assert all(len(each.endpoint) <= 64 for each in sorted_.refused)


def test_of_one_that_says_too_much_only_the_beginning_is_kept() -> None:
    news: list[str] = []
    heard = HeardEndpoints(OVERLAY, on_news=lambda: news.append("n"))
    said = ("x" * 100_000, *(f"192.0.2.{number % 250 + 1}:{number + 1}" for number in range(10_000)))
    for _ in range(2):
        heard.hear("n1", heartbeat(mesh_endpoints=said))
    assert len(heard.of("n1").admitted) == 8
    assert len(msgspec.json.encode(heard._heard["n1"])) < 8_000
    # The same again is no news.
    assert news == ["n"]
