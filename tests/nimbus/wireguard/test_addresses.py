"""Address text: one normal spelling, and nothing else is taken."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.wireguard.addresses import (
    interface_name,
    is_link_local,
    join_endpoint,
    normal_address,
    normal_network,
    split_endpoint,
)
from nimbus.wireguard.errors import InvalidWireGuard

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


@given(ADDRESSES, st.data())
def test_networks_are_spelt_as_ipaddress_spells_them(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, address.max_prefixlen))
    written = data.draw(st.sampled_from([address.exploded, address.compressed, address.exploded.upper()]))
    network, _, shown = normal_network(f"{written}/{length}").partition("/")
    expected = ipaddress.ip_network(f"{address}/{length}", strict=False)
    assert (ipaddress.ip_address(network), int(shown)) == (expected.network_address, length)
    assert normal_network(f"{network}/{shown}") == f"{network}/{shown}"
    kept, _, _ = normal_address(f"{written}/{length}").partition("/")
    assert ipaddress.ip_address(kept) == address


@given(ADDRESSES, st.integers(1, 65535))
def test_endpoints_survive_the_round_trip(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    text = join_endpoint(str(address), port)
    host, same = split_endpoint(text)
    assert (ipaddress.ip_address(host), same) == (address, port)


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/ 8"),
        *(
            "10.0.0/8",
            "010.0.0.0/8",
            "::/129",
            "fe80::1%eth0/64",
            "10.0.0.0/8/8",
            "10.0.0.0/٨",
            "a\0/8",
            "x/1",
        ),
    ],
)
def test_what_is_no_network_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidWireGuard):
        normal_network(wrong)
    with pytest.raises(InvalidWireGuard):
        normal_address(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        *("", ":", "10.0.0.1", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:+1", "::1:51820"),
        *(
            "[10.0.0.1]:1",
            "[::1]",
            "[::1]:x",
            "example.com:51820",
            "[fe80::1%eth0]:1",
            "10.0.0.1\n:5",
            "::1]:5",
        ),
    ],
)
def test_what_is_no_endpoint_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidWireGuard):
        split_endpoint(wrong)


@pytest.mark.parametrize("name", ["wg0", "nimbus", "a", "nimbus-mesh.0_1", "x" * 15])
def test_interface_names(name: str) -> None:
    assert interface_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 16, ".", "..", "a/b", "a b", "-f", "a\n", "a\0", "ö", "a:1", "../wg0", "%d"]
)
def test_names_that_no_interface_has(name: str) -> None:
    with pytest.raises(InvalidWireGuard):
        interface_name(name)


@pytest.mark.parametrize(
    ("cidr", "answer"),
    [
        ("fe80::1/64", True),
        ("febf::/10", True),
        ("fec0::/10", False),
        ("fd00::1/64", False),
        ("10.0.0.1/8", False),
    ],
)
def test_link_local(cidr: str, answer: bool) -> None:
    assert is_link_local(cidr) is answer
