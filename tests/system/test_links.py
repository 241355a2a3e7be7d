"""Links, addresses and routes in a namespace of their own, with iproute2 as the other eye."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.links import Link, Links
from nimbus.wireguard.path_mtu import Way
from nimbus.wireguard.transit import forbid_transit
from tests.system.wireguard_hosts import Host, is_root

T = TypeVar("T")
pytestmark = [pytest.mark.root, pytest.mark.skipif(not is_root(), reason="namespaces need root")]


class LinksHost(Host):
    """A namespace with the two ends of a veth pair in it, `one` and `two`, both down."""

    def __init__(self) -> None:
        super().__init__("l")
        self.run("ip", "link", "add", "one", "type", "veth", "peer", "name", "two")
        self.index = self.find("one").index

    def links(self, work: Callable[[Links], T]) -> T:
        def in_session() -> T:
            with Links() as links:
                return work(links)

        return self.call(in_session)

    def find(self, name: str) -> Link:
        link = self.links(lambda links: links.find(name))
        assert link is not None
        return link

    def ip(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("ip", "-json", *arguments).stdout or "[]")
        return found

    def addresses(self, link: str = "one") -> set[str]:
        """As iproute2 shows them."""
        (shown,) = self.ip("address", "show", "dev", link)
        return {f"{each['local']}/{each['prefixlen']}" for each in shown["addr_info"]}

    def routes(self, link: str = "one") -> set[str]:
        """Those that iproute2 shows as static."""
        shown = self.ip("route", "show", "dev", link, "proto", "static")
        shown += self.ip("-6", "route", "show", "dev", link, "proto", "static")
        return {each["dst"] for each in shown}

    def up(self) -> None:
        for name in ("one", "two"):
            self.run("ip", "link", "set", name, "up")


@pytest.fixture
def host() -> Iterator[LinksHost]:
    made = LinksHost()
    try:
        yield made
    finally:
        made.close()


def test_a_link_is_found_as_it_is(host: LinksHost) -> None:
    host.run("ip", "link", "set", "one", "mtu", "1300")
    assert host.find("one") == Link(index=host.index, name="one", up=False, mtu=1300, kind="veth")
    host.up()
    assert host.find("one").up
    assert host.find("lo").kind == ""
    assert host.links(lambda links: links.find("three")) is None


def test_a_link_is_changed_and_removed(host: LinksHost) -> None:
    host.links(lambda links: links.set_mtu(host.index, 1234))
    host.links(lambda links: links.set_up(host.index))
    (shown,) = host.ip("link", "show", "dev", "one")
    assert shown["mtu"] == 1234
    assert "UP" in shown["flags"]
    for _ in range(2):
        host.links(lambda links: links.delete(host.index))
    assert host.links(lambda links: links.find("one")) is None
    assert host.run("ip", "link", "show", "dev", "one", check=False).returncode != 0


def test_the_way_to_an_address_says_what_it_carries(host: LinksHost) -> None:
    host.run("ip", "link", "set", "one", "mtu", "1440")
    host.up()
    host.run("ip", "address", "add", "10.1.2.3/24", "dev", "one")
    host.run("ip", "address", "add", "fd00:6a::1/64", "dev", "one", "nodad")
    host.run("ip", "route", "add", "10.9.0.0/16", "via", "10.1.2.4", "mtu", "1300")
    ways = {
        address: host.links(lambda links, address=address: links.way_to(address))  # type: ignore[misc]
        for address in ("10.1.2.9", "10.9.1.1", "fd00:6a::9", "192.0.2.1", "2001:db8::1")
    }
    assert ways == {
        "10.1.2.9": Way(1440, 1440, "10.1.2.3"),
        "10.9.1.1": Way(1440, 1300, "10.1.2.3"),
        "fd00:6a::9": Way(1440, 1440, "fd00:6a::1"),
        "192.0.2.1": None,
        "2001:db8::1": None,
    }


def test_making_a_link(host: LinksHost) -> None:
    with pytest.raises(DeviceError, match="Cannot create the veth interface one: File exists") as taken:
        host.links(lambda links: links.create("one", "veth", 1400))
    assert taken.value.errno == errno.EEXIST
    with pytest.raises(DeviceError, match="Cannot create the nonsense interface") as unknown:
        host.links(lambda links: links.create("three", "nonsense", 1400))
    assert unknown.value.errno == errno.EOPNOTSUPP
    host.links(lambda links: links.create("three", "veth", 1400))
    assert (host.find("three").kind, host.find("three").mtu) == ("veth", 1400)


def test_addresses(host: LinksHost) -> None:
    cidrs = ("10.1.2.3/24", "10.1.2.4/24", "10.7.0.1/32", "fd00:6a::1/64")
    for _ in range(2):
        host.links(lambda links: links.add_addresses(host.index, cidrs))
        assert host.addresses() == set(cidrs)
    assert host.links(lambda links: links.addresses(host.index)) == tuple(sorted(cidrs))
    (shown,) = host.ip("address", "show", "dev", "one")
    assert [each.get("nodad") for each in shown["addr_info"] if each["family"] == "inet6"] == [True]
    for _ in range(2):
        host.links(lambda links: links.remove_addresses(host.index, ["10.1.2.3/24", "fd00:6a::1/64"]))
    assert host.addresses() == set(host.links(lambda links: links.addresses(host.index)))
    assert not {"10.1.2.3/24", "fd00:6a::1/64"} & host.addresses()


def test_an_address_with_a_peer_is_read_as_the_own_one(host: LinksHost) -> None:
    host.run("ip", "address", "add", "10.1.2.3", "peer", "10.9.9.9/32", "dev", "one")
    assert host.links(lambda links: links.addresses(host.index)) == ("10.1.2.3/32",)


def test_routes(host: LinksHost) -> None:
    host.up()
    cidrs = ("10.20.0.0/16", "10.21.0.0/24", "fd00:20::/64", "0.0.0.0/0")
    for _ in range(2):
        host.links(lambda links: links.add_routes(host.index, cidrs))
    assert host.routes() == {"10.20.0.0/16", "10.21.0.0/24", "fd00:20::/64", "default"}
    found = host.links(lambda links: links.routes(host.index))
    assert {route.cidr for route in found if route.is_static} == set(cidrs)
    host.run("ip", "route", "add", "10.22.0.0/16", "dev", "one", "proto", "bgp")
    host.run("ip", "route", "add", "10.23.0.0/16", "dev", "one", "table", "77")
    host.run("ip", "route", "add", "blackhole", "10.24.0.0/16")
    found = host.links(lambda links: links.routes())
    assert {route.cidr: route.is_static for route in found}["10.22.0.0/16"] is False
    assert not {"10.23.0.0/16", "10.24.0.0/16"} & {route.cidr for route in found}
    for _ in range(2):
        host.links(lambda links: links.remove_routes(host.index, [*cidrs, "10.22.0.0/16"]))
    assert host.links(lambda links: [each for each in links.routes(host.index) if each.is_static]) == []
    assert host.ip("route", "show", "10.22.0.0/16") == []


def test_a_route_over_several_links(host: LinksHost) -> None:
    host.up()
    host.run("ip", "route", "add", "10.5.0.0/16", "nexthop", "dev", "one", "nexthop", "dev", "two")
    both = (host.index, host.find("two").index)
    (route,) = [each for each in host.links(lambda links: links.routes(host.index)) if each.is_static]
    assert (route.cidr, set(route.links)) == ("10.5.0.0/16", set(both))


def test_what_is_refused_does_not_stop_the_rest(host: LinksHost) -> None:
    """More than one batch; every second one is refused: the error names the first, the others are there."""
    host.up()
    networks = [f"10.{128 + (number >> 8)}.{number & 255}.0/24" for number in range(300)]
    wrong = [network.replace(".0/24", ".9/24") for network in networks]  # bits set beyond the length
    mixed = [each for pair in zip(networks, wrong, strict=True) for each in pair]
    with pytest.raises(DeviceError, match=r"Cannot add the route 10\.128\.0\.9/24: Invalid argument \(.+\)"):
        host.links(lambda links: links.add_routes(host.index, mixed))
    assert host.routes() == set(networks)


def test_a_link_that_goes_in_between(host: LinksHost) -> None:
    host.run("ip", "link", "delete", "one")
    assert host.links(lambda links: links.addresses(host.index)) == ()
    assert host.links(lambda links: links.routes(host.index)) == []
    host.links(lambda links: links.remove_addresses(host.index, ["10.1.2.3/24"]))
    host.links(lambda links: links.remove_routes(host.index, ["10.20.0.0/16"]))
    with pytest.raises(DeviceError, match=r"Cannot add the address 10\.1\.2\.3/24: No such device"):
        host.links(lambda links: links.add_addresses(host.index, ["10.1.2.3/24"]))
    with pytest.raises(DeviceError, match=r"Cannot set the MTU to 1400: No such device"):
        host.links(lambda links: links.set_mtu(host.index, 1400))


def test_nothing_is_passed_on_within_the_overlay(host: LinksHost) -> None:
    for _ in range(2):
        host.call(lambda: forbid_transit("one", "10.106.103.0/24"))
    (rule,) = [each for each in host.ip("rule", "show") if each.get("iif") == "one"]
    assert (rule["dst"], rule["dstlen"], rule["action"]) == ("10.106.103.0", 24, "prohibit")
