"""The way to an address: how large packets may be that go there."""

from __future__ import annotations

from nimbus.wireguard.errors import DeviceError, MeshUnavailable
from nimbus.wireguard.path_mtu import Way


def way_to(address: str) -> Way | None:
    """The way to an IP address from here; None where there is none, or it cannot be looked up. Blocks."""
    from nimbus.wireguard.links import Links  # only now: the library for netlink is large

    try:
        with Links() as links:
            return links.way_to(address)
    except (DeviceError, MeshUnavailable):
        return None
