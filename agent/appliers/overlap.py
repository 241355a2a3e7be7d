"""Networks of this machine that overlap the mesh, in words: pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from nimbus.wireguard.local_routes import LocalRoute


def overlap_problem(overlay: str, routes: Iterable[LocalRoute]) -> str:
    """What takes traffic from the mesh, "" when nothing does. `overlay` is a CIDR, `routes` overlap it."""
    network = ipaddress.ip_network(overlay, strict=False)
    taking = [route for route in routes if ipaddress.ip_network(route.cidr).prefixlen >= network.prefixlen]
    if not taking:
        return ""
    return (
        f"{_named(taking)} overlaps the mesh ({network}): nodes there are unreachable. "
        "Remove that network, or change its addresses"
    )


def overlap_alert(overlay: str, routes: Iterable[LocalRoute]) -> str:
    """What the mesh takes traffic from, "" when there is nothing."""
    network = ipaddress.ip_network(overlay, strict=False)
    losing = [route for route in routes if ipaddress.ip_network(route.cidr).prefixlen < network.prefixlen]
    if not losing:
        return ""
    return f"the mesh ({network}) lies within {_named(losing)}: addresses of both lead to the mesh"


def _named(routes: Iterable[LocalRoute]) -> str:
    return ", ".join(
        f"{route.cidr} ({route.interface})" if route.interface else route.cidr for route in routes
    )
