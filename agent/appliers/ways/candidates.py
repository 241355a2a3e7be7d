"""At which addresses another member may be reached, in the order in which they are tried. Pure.

seen at the address that this node is seen at       both are behind one router: the addresses that it names
                                                    itself first, then where it is seen
else                                                where it is seen, then what it names in a network of
                                                    this machine, then the rest
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Literal, NamedTuple

from agent.appliers.ways.own_endpoints import Network
from nimbus.protocol.messages import MeshPeer
from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.errors import InvalidWireGuard

Kind = Literal["lan", "outside"]
_PRIVATE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


class Candidate(NamedTuple):
    """`kind` lan: without a router that changes addresses on the way."""

    endpoint: str
    kind: Kind


def candidates_of(member: MeshPeer, own_seen: str, networks: Sequence[Network]) -> tuple[Candidate, ...]:
    """`own_seen` is where the control plane sees this node, `networks` are those that it is in. Addresses of a kind
    that this machine has no address of are left out: nothing can be sent there."""
    seen, own = _address(member.endpoint), _address(own_seen)
    is_same_router = seen is not None and seen == own
    found: list[tuple[int, int, Candidate]] = []
    for place, endpoint in enumerate(dict.fromkeys((member.endpoint, *member.more_endpoints))):
        address = _address(endpoint)
        if address is None or not _is_reachable(address, networks):
            continue
        is_near = any(address in network for network in networks)
        is_seen = endpoint == member.endpoint
        kind: Kind = (
            "lan" if is_near or (is_same_router and _is_private(address) and not is_seen) else "outside"
        )
        rank = _rank(address, is_seen=is_seen, is_near=is_near, is_same_router=is_same_router)
        found.append((rank, place, Candidate(endpoint, kind)))
    return tuple(candidate for _rank, _place, candidate in sorted(found))


def is_translated(seen: str, own: Sequence[str]) -> bool:
    """Whether a node is seen at another address than those of its `own` endpoints: a NAT is in front of it. False
    where that is not known."""
    return bool(seen and own) and seen.rpartition(":")[0] not in {each.rpartition(":")[0] for each in own}


def kind_of(endpoint: str, candidates: Sequence[Candidate], networks: Sequence[Network]) -> Kind:
    """Of an endpoint that WireGuard has, which need not be one of the candidates."""
    for candidate in candidates:
        if candidate.endpoint == endpoint:
            return candidate.kind
    address = _address(endpoint)
    return "lan" if address is not None and any(address in network for network in networks) else "outside"


def _rank(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    *,
    is_seen: bool,
    is_near: bool,
    is_same_router: bool,
) -> int:
    if is_seen:
        return 2 if is_same_router else 0
    if is_near:
        return 0 if is_same_router else 1
    if is_same_router:
        return 1
    return 4 if _is_private(address) else 3


def _address(endpoint: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(split_endpoint(endpoint)[0])
    except InvalidWireGuard:
        return None


def _is_reachable(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Sequence[Network]
) -> bool:
    """Not of a family without an own address, nor a public one of IPv6 from private addresses alone (of IPv4, a
    router may translate). Nothing known of this machine: anything."""
    same = [network for network in networks if network.version == address.version]
    if not networks or address.version == 4:
        return bool(same) or not networks
    return any(
        address in network or _is_private(network.network_address) == _is_private(address) for network in same
    )


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Not routed in the Internet: RFC 1918, RFC 6598 (between a provider's NAT and its customers), RFC 4193."""
    return any(address in network for network in _PRIVATE)
