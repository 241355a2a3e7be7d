"""Have WireGuard open its sessions now, instead of with the first packet that somebody waits for."""

from __future__ import annotations

import socket
from collections.abc import Iterable

# RFC 863: whatever comes there is thrown away. A host without that service answers "port unreachable": no harm.
_DISCARD_PORT = 9


def open_sessions(addresses: Iterable[str]) -> None:
    """Send one empty datagram to each overlay address (IPv4): WireGuard starts a handshake for it where there is
    no session. Does not block; an address that has no route or key is passed over."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
        for address in addresses:
            try:
                channel.sendto(b"", (address, _DISCARD_PORT))
            except OSError:
                continue
