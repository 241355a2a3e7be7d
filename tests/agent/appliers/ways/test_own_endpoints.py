"""What a machine says of where it is reached."""

from __future__ import annotations

import ipaddress

from agent.appliers.ways.own_endpoints import OwnAddress, endpoints, networks, own_addresses, usable

ADDRESSES = [
    OwnAddress("lo", "127.0.0.1", 8),
    OwnAddress("eth1", "2001:db8::7", 64),
    OwnAddress("eth1", "fe80::1%eth1", 64),
    OwnAddress("eth1", "169.254.3.4", 16),
    OwnAddress("eth0", "192.168.77.11", 24),
    OwnAddress("nimbus0", "10.106.103.2", 24),
    OwnAddress("docker0", "172.17.0.1", 16),
    OwnAddress("br-0123456789ab", "172.18.0.1", 16),
    OwnAddress("wg0", "10.9.0.1", 24, is_tunnel=True),
    OwnAddress("br-lan", "192.168.1.1", 24),
]


def test_others_are_told_the_addresses_that_they_may_reach_with_the_port_in_use() -> None:
    own = usable(ADDRESSES, "nimbus0")
    assert [each.address for each in own] == ["192.168.1.1", "192.168.77.11", "2001:db8::7"]
    found = ("192.168.1.1:40000", "192.168.77.11:40000", "[2001:db8::7]:40000")
    assert endpoints(own, 40000) == found
    assert endpoints(own, 40000, ("198.51.100.7:555",)) == ("198.51.100.7:555", *found)
    assert endpoints(own, 0) == ()
    assert endpoints(reversed_twice(own), 40000) == found


def reversed_twice(own: list[OwnAddress]) -> list[OwnAddress]:
    """As another enumeration of the kernel's may give them."""
    return usable(own[::-1], "nimbus0")


def test_no_more_are_told_than_are_admitted() -> None:
    many = [OwnAddress("eth0", f"192.0.2.{number}", 24) for number in range(20)]
    assert len(endpoints(usable(many, "nimbus0"), 1)) == 8


def test_own_networks_come_from_addresses_and_their_lengths() -> None:
    assert networks(usable(ADDRESSES, "nimbus0")) == (
        ipaddress.ip_network("192.168.1.0/24"),
        ipaddress.ip_network("192.168.77.0/24"),
        ipaddress.ip_network("2001:db8::/64"),
    )


def test_this_machines_addresses_can_be_read() -> None:
    assert any(each.address == "127.0.0.1" and each.prefix == 8 for each in own_addresses())
