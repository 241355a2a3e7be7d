"""Where a request comes from, also behind proxies that are trusted to say so."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from werkzeug.datastructures import Headers

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_within(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in trusted if network.version == parsed.version)


def forwarded_for(headers: Headers) -> str:
    """X-Forwarded-For as one line. A proxy may add what it saw as a line of its own, after those of the client."""
    return ",".join(headers.getlist("X-Forwarded-For"))


def source_of(peer: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """The nearest address that is no trusted proxy. X-Forwarded-For is read from its end, and only as far as
    trusted proxies wrote it: what a client put there itself is never believed."""
    address = peer
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()] if proxies else []
    while hops and is_within(address, proxies):
        nearer = hops.pop()
        try:
            address = _plain(nearer)
        except ValueError:
            break
    return address


def _plain(hop: str) -> str:
    """Without the port that some proxies add (`198.51.100.1:1234`, `[2001:db8::1]:1234`), and an IPv4 address as
    one however it is written. Raises ValueError."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    parsed = ipaddress.ip_address(hop)
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
