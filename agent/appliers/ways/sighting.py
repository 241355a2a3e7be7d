"""Shows the control plane at a second port of its where this node's packets come from.

The datagram leaves from the port that WireGuard has, which only a raw socket can do: for a NAT it is one more
packet of WireGuard's to another destination.
"""

from __future__ import annotations

import socket
import struct

from nimbus.protocol.sighting import datagram
from nimbus.wireguard.addresses import pack_address

# linux/in6.h: where the kernel puts the checksum, which IPv6 demands.
_IPV6_CHECKSUM, _CHECKSUM_AT = 7, 6


def show(address: str, port: int, own_port: int, token: bytes) -> bool:
    """To a UDP port of that IP address, from `own_port`; whether it was sent. It needs CAP_NET_RAW."""
    content = datagram(token)
    # RFC 768; over IPv4 the checksum may be left out.
    header = struct.pack("!HHHH", own_port, port, 8 + len(content), 0)
    try:
        family, _packed = pack_address(address)
        with socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_UDP) as channel:
            if family == socket.AF_INET6:
                channel.setsockopt(socket.IPPROTO_IPV6, _IPV6_CHECKSUM, _CHECKSUM_AT)
            channel.sendto(header + content, (address, 0))
    except OSError:
        return False
    return True
