"""Pure decisions of destinations: what a target is, where none may lead, when to try again, how one is doing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import ValidationError, invalid
from nimbus.kernel.hosts import check_host
from nimbus.records.destinations.records import (
    HTTPS_PORT,
    MAX_TARGET,
    SECRET,
    TARGET,
    TCP_PORT,
    TLS_PORT,
    Destination,
    Progress,
    State,
    Target,
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 300.0
# RFC 6052: an address of IPv4 is in its last 32 bits.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_HOW = "must be https://HOST/PATH, syslog+tls://HOST:PORT or syslog+tcp://HOST:PORT"


def parse_target(text: str) -> Target:
    """Raises ValidationError."""
    if len(text) > MAX_TARGET or not re.fullmatch(TARGET, text):
        raise invalid("target", _HOW)
    try:
        parts = urlsplit(text)
        host = check_host(parts.hostname or "", "target")
    except (ValueError, ValidationError):
        raise invalid("target", _HOW) from None
    if parts.scheme == "https":
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target("webhook", host, parts.port or HTTPS_PORT, True, path)
    tls = parts.scheme == "syslog+tls"
    return Target("syslog", host, parts.port or (TLS_PORT if tls else TCP_PORT), tls)


def check_secret(secret: str) -> str:
    if not re.fullmatch(SECRET, secret):
        raise invalid("secret", "must be 16 to 255 printable ASCII characters without spaces")
    return secret


def inside(address: Address, overlay: Sequence[Network]) -> str:
    """Why nothing is sent to this address, "" where it may be: what listens for this machine or for the mesh alone
    trusts who reaches it, and link-local addresses are where clouds keep the credentials of machines."""
    plain = _unwrapped(address)
    if plain.is_loopback:
        return "an address of this machine alone"
    if plain.is_unspecified or plain.is_multicast or plain == ipaddress.IPv4Address("255.255.255.255"):
        return "no address of one host"
    if plain.is_link_local:
        return "a link-local address"
    if any(plain.version == network.version and plain in network for network in overlay):
        return "an address in the mesh"
    return ""


def _unwrapped(address: Address) -> Address:
    """The address of IPv4 that one of IPv6 stands for."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def delay_after(attempts: int) -> int:
    """Microseconds until the next try, after so many: 5 s, then twice as long each time, at most five minutes."""
    return from_seconds(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempts - 1, 20)))


def is_due(progress: Progress, now: int) -> bool:
    """A clock that was set back does not make it wait longer than the longest delay."""
    return now >= progress.due_at or progress.due_at - now > from_seconds(LONGEST_DELAY_S)


def state_of(destination: Destination, progress: Progress, newest: int) -> State:
    if not destination.enabled:
        return "disabled"
    if progress.failing_since is not None:
        return "failing"
    return "behind" if newest > progress.cursor else "up_to_date"
