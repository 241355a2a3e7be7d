"""Pure: names of hosts as they go over the wire (ASCII, by IDNA where need be), and what is trusted there."""

from __future__ import annotations

import ipaddress
import re
import ssl
from typing import Annotated

import idna

from nimbus.kernel.errors import ValidationError, invalid
from nimbus.kernel.shapes import shaped

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({LABEL}\.)*{LABEL}", re.ASCII)
MAX_HOST = 253
MAX_TYPED = 500
ANY_CASE = "[A-Za-z0-9"
HOST_PATTERN = _HOST.pattern.replace("[a-z0-9", ANY_CASE)
Host = Annotated[
    str, shaped(anyOf=[{"pattern": f"^{HOST_PATTERN}$"}, {"format": "ipv4"}, {"format": "ipv6"}])
]


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def address_of(text: str) -> Address:
    """Raises ValueError, also for a zone (RFC 4007, `fe80::1%eth0`): it may be any text."""
    return ipaddress.ip_address(_without_zone(text))


def network_of(text: str, *, strict: bool = True) -> Network:
    """`strict`: without bits beyond its length. Raises ValueError, also for a zone."""
    return ipaddress.ip_network(_without_zone(text), strict=strict)


def _without_zone(text: str) -> str:
    if "%" in text:
        raise ValueError("it has a zone")
    return text


def check_host(text: str, field: str = "host") -> str:
    """A host name in A-labels (RFC 5890), or an IP address. Raises ValidationError."""
    try:
        return str(address_of(text.strip("[]")))
    except ValueError:
        pass
    host = ascii_host(text) if len(text) <= MAX_TYPED else ""
    if len(host) > MAX_HOST or not _HOST.fullmatch(host):
        raise invalid(field, "must be a host name or an IP address")
    return host


def is_loopback(host: str) -> bool:
    """Of a literal address, or `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ascii_host(name: str) -> str:
    """ "" when it is no name."""
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        return ""


def check_authorities(pem: str, most: int, field: str = "ca_pem") -> None:
    """Certificates of authorities, or nothing. `most` is a number of bytes. Raises ValidationError."""
    if not pem:
        return
    if len(pem) > most or not pem.isascii():
        raise invalid(field, f"must be certificates in PEM, at most {most} bytes")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError) as error:
        raise _no_certificates(field) from error
    if not context.cert_store_stats()["x509"]:
        raise _no_certificates(field)


def _no_certificates(field: str) -> ValidationError:
    return invalid(field, "has no certificates that can be read", next_step="Give a file in PEM.")
