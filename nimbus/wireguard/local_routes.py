"""The routes that this host has already: does an overlay collide with one of them?"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

import msgspec


class LocalRoute(msgspec.Struct, frozen=True, order=True):
    """A network in CIDR and the interface that leads there, "" when there are several."""

    cidr: str
    interface: str


def local_routes(exclude_interfaces: Collection[str] = ()) -> list[str]:
    """The networks of the main routing table in CIDR, sorted, without default routes.

    Routes that lead only through `exclude_interfaces` (by name: the mesh's own) are left out.
    """
    return sorted({route.cidr for route in _routes(exclude_interfaces)})


def overlapping_routes(overlay: str, exclude_interfaces: Collection[str]) -> list[LocalRoute]:
    """Those that lead to addresses of this network (CIDR) by another way than the mesh: narrower ones or its
    equals, which take its traffic, and wider ones, whose traffic it takes."""
    network = ipaddress.ip_network(overlay, strict=False)
    return sorted(
        {
            route
            for route in _routes(exclude_interfaces)
            if ipaddress.ip_network(route.cidr).version == network.version
            and ipaddress.ip_network(route.cidr).overlaps(network)
        }
    )


def _routes(exclude_interfaces: Collection[str]) -> list[LocalRoute]:
    from nimbus.wireguard.links import Links  # only now: the library for netlink is large

    with Links() as links:
        found = {name: links.find(name) for name in exclude_interfaces}
        excluded = {link.index for link in found.values() if link is not None}
        routes = [
            route
            for route in links.routes()
            if not route.cidr.endswith("/0") and not (route.links and excluded.issuperset(route.links))
        ]
        names = links.names() if routes else {}
    return [
        LocalRoute(route.cidr, names.get(route.links[0], "") if len(route.links) == 1 else "")
        for route in routes
    ]
