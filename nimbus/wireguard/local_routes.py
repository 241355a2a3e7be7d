"""The routes that this host has already: does an overlay collide with one of them?"""

from __future__ import annotations

from collections.abc import Collection


def local_routes(exclude_interfaces: Collection[str] = ()) -> list[str]:
    """The networks of the main routing table in CIDR, sorted, without default routes.

    Routes that lead only through `exclude_interfaces` (by name: the mesh's own) are left out.
    """
    from nimbus.wireguard.links import Links  # only now: the library for netlink is large

    with Links() as links:
        links_by_name = {name: links.find(name) for name in exclude_interfaces}
        excluded = {link.index for link in links_by_name.values() if link is not None}
        return sorted(
            {
                route.cidr
                for route in links.routes()
                if not route.cidr.endswith("/0") and not (route.links and excluded.issuperset(route.links))
            }
        )
