"""What a virtual host does not want to have kept is taken out of its lines. Pure."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec

from nimbus.protocol.access_logs import DROP_QUERY, MASK_CLIENT, PRIVACY_FIELD

# nginx escapes quotes in values: a client cannot write this.
_MARK = f'"{PRIVACY_FIELD}":"'.encode()
_IPV4_BITS, _IPV6_BITS = 24, 48
_decoder = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder().encode


def redacted(text: bytes) -> bytes:
    """Whole lines, each with what may leave this machine."""
    if _MARK not in text:
        return text
    return b"\n".join(_line(line) if _MARK in line else line for line in text.split(b"\n"))


def _line(line: bytes) -> bytes:
    try:
        values = _decoder.decode(line.decode("utf-8", "replace"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        # What cannot be read cannot be masked.
        return b"{}"
    wanted = values.pop(PRIVACY_FIELD, "")
    if MASK_CLIENT in wanted:
        values["remote_addr"] = masked(str(values.get("remote_addr", "")))
    if DROP_QUERY in wanted:
        for name in ("uri", "referer"):
            values[name] = str(values.get(name, "")).partition("?")[0]
    return _encode(values)


def masked(address: str) -> str:
    """The network of an address: /24 of IPv4, /48 of IPv6; "" of what is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = _IPV4_BITS if parsed.version == 4 else _IPV6_BITS
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False).network_address)
