"""Where this machine itself can be reached: the endpoints that others are told, and its own networks."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

import msgspec
import psutil

from nimbus.protocol.messages import MESH_ENDPOINTS_LIMIT
from nimbus.wireguard.addresses import join_endpoint

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Networks that programs make for the containers and virtual machines of this one: no other machine is in them.
_INNER = re.compile(
    r"(docker|br-[0-9a-f]{12}|veth|cni|flannel|cali|kube-|virbr|vnet|lxc|lxdbr|podman|nerdctl)"
)


class OwnAddress(msgspec.Struct, frozen=True):
    """Of an interface that is up. `prefix`: bits of its network; `is_tunnel`: the interface has one other end."""

    interface: str
    address: str
    prefix: int
    is_tunnel: bool = False


def own_addresses() -> list[OwnAddress]:
    """As they are now. Blocks for a few system calls."""
    states = psutil.net_if_stats()
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        state = states.get(name)
        if state is None or not state.isup:
            continue
        is_tunnel = "pointopoint" in getattr(state, "flags", "").split(",")
        found += [
            OwnAddress(name, each.address, _prefix(each.netmask), is_tunnel)
            for each in addresses
            if each.family in (socket.AF_INET, socket.AF_INET6)
        ]
    return found


def _prefix(netmask: str | None) -> int:
    try:
        return int(ipaddress.ip_address(netmask or "")).bit_count()
    except ValueError:
        return 128


def usable(addresses: Iterable[OwnAddress], interface: str) -> list[OwnAddress]:
    """Those that another machine may reach, in an order that does not change by chance: `interface` is the mesh's
    own. Pure."""
    kept = [each for each in addresses if each.interface != interface and _is_usable(each)]
    return sorted(kept, key=lambda each: (":" in each.address, each.interface, each.address))


def _is_usable(own: OwnAddress) -> bool:
    if own.is_tunnel or _INNER.match(own.interface):
        return False
    try:
        ip = ipaddress.ip_address(own.address)
    except ValueError:  # with a zone: it holds on one link only
        return False
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast)


def endpoints(own: Iterable[OwnAddress], port: int, given: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What others are told: the `given` ones, then the `usable` addresses with WireGuard's port (0: it has none).
    Pure."""
    if not port:
        return given[:MESH_ENDPOINTS_LIMIT]
    found = [join_endpoint(each.address, port) for each in own]
    return tuple(dict.fromkeys((*given, *found)))[:MESH_ENDPOINTS_LIMIT]


def networks(own: Iterable[OwnAddress]) -> tuple[Network, ...]:
    """The networks that this machine is in. Pure."""
    return tuple(
        dict.fromkeys(ipaddress.ip_network(f"{each.address}/{each.prefix}", strict=False) for each in own)
    )
