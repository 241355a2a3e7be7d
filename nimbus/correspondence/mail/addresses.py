"""Pure: mail addresses as they go over the wire: ASCII, the domain by IDNA where need be."""

from __future__ import annotations

import re
from typing import Annotated

from nimbus.kernel.errors import invalid
from nimbus.kernel.hosts import ANY_CASE, LABEL, MAX_TYPED, ascii_host
from nimbus.kernel.shapes import matching

# RFC 5321 section 4.1.2, a Dot-string: what mail systems really take, and nothing that could end a header line.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*", re.ASCII)
_DOMAIN = re.compile(rf"({LABEL}\.)+{LABEL}", re.ASCII)
MAX_ADDRESS = 254
Address = Annotated[
    str, matching(f"{_LOCAL.pattern}@{_DOMAIN.pattern}".replace("[a-z0-9", ANY_CASE), format="email")
]
MAX_LOCAL = 64


def check_address(text: str, field: str = "email") -> str:
    """The address in lower case; the domain in A-labels (RFC 5890), so that letters that look alike are seen to
    differ. The part before the @ is ASCII: few relays take more. Raises ValidationError."""
    local, at, domain = text.rpartition("@") if len(text) <= MAX_TYPED else ("", "", "")
    lowered = local.lower() if local.isascii() else ""
    ascii_domain = ascii_host(domain)
    address = f"{lowered}@{ascii_domain}"
    fits = len(address) <= MAX_ADDRESS and len(lowered) <= MAX_LOCAL
    if not (at and fits and _LOCAL.fullmatch(lowered) and _DOMAIN.fullmatch(ascii_domain)):
        raise invalid(field, "must be an address like name@example.org")
    return address


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]
