"""Text forms of addresses, networks and endpoints, each with one normal spelling.

Written on `inet_pton` because a mesh has thousands of them: an `ipaddress` object costs ten times as much.
"""

from __future__ import annotations

import re
import socket

from nimbus.wireguard.errors import InvalidWireGuard

_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
# dev_valid_name() of Linux allows more; this is what every tool, file and log takes without quoting.
_INTERFACE_NAME = re.compile(r"[A-Za-z0-9_=+.-]{1,15}", re.ASCII)


def interface_name(name: str) -> str:
    """`name` if it can name an interface: 1 to 15 bytes (IFNAMSIZ less its zero), else InvalidWireGuard."""
    if _INTERFACE_NAME.fullmatch(name) is None or name in (".", "..") or name.startswith("-"):
        raise InvalidWireGuard(
            f"Not an interface name: {name[:40]!r}",
            next_step="Use 1 to 15 letters, digits, '.', '_', '=', '+' or '-'.",
        )
    return name


def pack_address(text: str) -> tuple[int, bytes]:
    """Address family and the 4 or 16 bytes of an IP literal."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        return family, socket.inet_pton(family, text)
    except (OSError, ValueError) as error:
        raise InvalidWireGuard(f"Not an IP address: {text[:64]!r}") from error


def pack_cidr(text: str) -> tuple[int, bytes, int]:
    """Family, address bytes (host bits kept) and prefix length of `address/length`."""
    address, slash, length = text.partition("/")
    family, raw = pack_address(address)
    if not slash or _NUMBER.fullmatch(length) is None or int(length) > len(raw) * 8:
        raise InvalidWireGuard(
            f"Not a network: {text[:64]!r}", next_step="Write it as ADDRESS/LENGTH, as in 10.1.0.0/24."
        )
    return family, raw, int(length)


def normal_address(text: str) -> str:
    """An interface address such as `10.106.103.1/24` in its normal spelling; host bits are kept."""
    family, raw, length = pack_cidr(text)
    return f"{socket.inet_ntop(family, raw)}/{length}"


def normal_network(text: str) -> str:
    """A network such as `10.106.103.0/24` in its normal spelling; host bits are cleared, as in WireGuard."""
    family, raw, length = pack_cidr(text)
    host_bits = len(raw) * 8 - length
    if host_bits:
        number = int.from_bytes(raw, "big") >> host_bits << host_bits
        raw = number.to_bytes(len(raw), "big")
    return f"{socket.inet_ntop(family, raw)}/{length}"


def split_endpoint(text: str) -> tuple[str, int]:
    """Address and port of `198.51.100.7:51820` or `[2001:db8::1]:51820`; IP literals only."""
    address, colon, port = text.rpartition(":")
    bracketed = address.startswith("[") and address.endswith("]")
    if bracketed:
        address = address[1:-1]
    if colon and (":" in address) == bracketed and _NUMBER.fullmatch(port) and 0 < int(port) < 65536:
        family, raw = pack_address(address)
        return socket.inet_ntop(family, raw), int(port)
    raise InvalidWireGuard(
        f"Not an endpoint: {text[:80]!r}",
        next_step="Write it as 198.51.100.7:51820 or [2001:db8::1]:51820, with an IP address.",
    )


def join_endpoint(address: str, port: int) -> str:
    """The text of an endpoint; IPv6 addresses get their brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_link_local(cidr: str) -> bool:
    """Whether an address is in fe80::/10 (RFC 4291 section 2.5.6): the kernel makes those by itself."""
    return re.match(r"fe[89ab][0-9a-f]:", cidr) is not None


def is_host(cidr: str) -> bool:
    """Whether a network is a single address."""
    _family, raw, length = pack_cidr(cidr)
    return length == len(raw) * 8
