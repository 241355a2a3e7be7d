"""Pure: mail addresses and names of mail servers, as they go over the wire: ASCII, by IDNA where need be."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

import idna

from nimbus.kernel.errors import invalid
from nimbus.kernel.shapes import matching, shaped

# RFC 5321 section 4.1.2, a Dot-string: what mail systems really take, and nothing that could end a header line.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*", re.ASCII)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+{_LABEL}", re.ASCII)
_HOST = re.compile(rf"({_LABEL}\.)*{_LABEL}", re.ASCII)
MAX_ADDRESS = 254
_ANY_CASE = "[A-Za-z0-9"
Address = Annotated[
    str, matching(f"{_LOCAL.pattern}@{_DOMAIN.pattern}".replace("[a-z0-9", _ANY_CASE), format="email")
]
Host = Annotated[
    str,
    shaped(
        anyOf=[
            {"pattern": f"^{_HOST.pattern.replace('[a-z0-9', _ANY_CASE)}$"},
            {"format": "ipv4"},
            {"format": "ipv6"},
        ]
    ),
]
MAX_LOCAL = 64
MAX_TYPED = 500


def check_address(text: str, field: str = "email") -> str:
    """The address in lower case; the domain in A-labels (RFC 5890), so that letters that look alike are seen to
    differ. The part before the @ is ASCII: few relays take more. Raises ValidationError."""
    local, at, domain = text.rpartition("@") if len(text) <= MAX_TYPED else ("", "", "")
    lowered = local.lower() if local.isascii() else ""
    ascii_domain = _ascii(domain)
    address = f"{lowered}@{ascii_domain}"
    fits = len(address) <= MAX_ADDRESS and len(lowered) <= MAX_LOCAL
    if not (at and fits and _LOCAL.fullmatch(lowered) and _DOMAIN.fullmatch(ascii_domain)):
        raise invalid(field, "must be an address like name@example.org")
    return address


def check_host(text: str, field: str = "host") -> str:
    """A host name in A-labels, or an IP address. Raises ValidationError."""
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    host = _ascii(text) if len(text) <= MAX_TYPED else ""
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise invalid(field, "must be a host name or an IP address")
    return host


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def is_loopback(host: str) -> bool:
    """Of a literal address, or `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ascii(domain: str) -> str:
    """ "" when it is no domain."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True, std3_rules=True).decode()
    except idna.IDNAError:
        return ""
