"""From where the dashboard is reached when `listen_console = mesh`: over the mesh, or on the control plane's host.

A connection counts as the mesh's when it came in on the overlay address and comes from one: Linux also takes
packets for the overlay address that arrive on another interface, from whoever is in the same network. What a proxy
forwards counts by the address that it forwards for, and not at all when the proxy is not trusted to say so: a proxy
on this host, which reaches loopback, does not open the dashboard to its clients.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import msgspec

from nimbus.http.source import Network, is_within, source_of

LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


class Arrival(msgspec.Struct, frozen=True):
    """A request as its connection and its head show it. "" for what is not there."""

    server: str
    peer: str
    forwarded_for: str = ""
    # Any other sign of a proxy: Forwarded, Via and the like.
    other_forwarding: str = ""


class MeshOnly(msgspec.Struct, frozen=True):
    """`overlay` is the mesh's network, `address` the control plane's in it."""

    address: str
    overlay: Network
    proxies: Sequence[Network] = ()

    def admits(self, arrival: Arrival) -> bool:
        own = (*LOOPBACK, ipaddress.ip_network(self.address))
        if not is_within(arrival.server, own):
            return False
        source = arrival.peer
        if is_within(source, self.proxies):
            source = source_of(source, arrival.forwarded_for, self.proxies)
            if is_within(source, self.proxies):
                # It does not say whose the request is.
                return False
        elif arrival.forwarded_for or arrival.other_forwarding:
            return False
        return is_within(source, (*LOOPBACK, self.overlay))
