"""The routes that this host has already: does an overlay collide with one of them?"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from nimbus.wireguard.links import Links, Route


class LocalRoute(msgspec.Struct, frozen=True, order=True):
    """A network in CIDR and the interface that leads there, "" when there are several."""

    cidr: str
    interface: str


def local_routes(exclude_interfaces: Collection[str] = ()) -> list[str]:
    """The networks of the main routing table in CIDR, sorted, without default routes.

    Routes that lead only through `exclude_interfaces` (by name: the mesh's own) are left out.
    """
    with _links() as links:
        return sorted({route.cidr for route in _routes(links, exclude_interfaces)})


def overlapping_routes(overlay: str, exclude_interfaces: Collection[str]) -> list[LocalRoute]:
    """Those that lead to addresses of this network (CIDR) by another way than the mesh: narrower ones or its
    equals, which take its traffic, and wider ones, whose traffic it takes."""
    with _links() as links:
        routes = _routes(links, exclude_interfaces)
        network = ipaddress.ip_network(overlay, strict=False)
        overlaps = set(overlapping(network, {route.cidr for route in routes}))
        # Hardly ever any: names are asked for only then.
        names = links.names() if overlaps else {}
    return sorted(
        {
            LocalRoute(route.cidr, names.get(route.links[0], "") if len(route.links) == 1 else "")
            for route in routes
            if route.cidr in overlaps
        }
    )


def overlapping(overlay: ipaddress.IPv4Network | ipaddress.IPv6Network, cidrs: Iterable[str]) -> list[str]:
    """Those networks that have addresses of the overlay, in their order. Pure."""
    networks = ((cidr, ipaddress.ip_network(cidr)) for cidr in cidrs)
    return [cidr for cidr, each in networks if each.version == overlay.version and each.overlaps(overlay)]


def _links() -> Links:
    from nimbus.wireguard.links import Links  # only now: the library for netlink is large

    return Links()


def _routes(links: Links, exclude_interfaces: Collection[str]) -> list[Route]:
    found = [links.find(name) for name in exclude_interfaces]
    excluded = {link.index for link in found if link is not None}
    return [
        route
        for route in links.routes()
        if not route.cidr.endswith("/0") and not (route.links and excluded.issuperset(route.links))
    ]
