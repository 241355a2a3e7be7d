"""Have WireGuard open its sessions now, instead of with the first packet that somebody waits for."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

# RFC 863: whatever comes there is thrown away. A host without that service answers "port unreachable": no harm.
DISCARD_PORT = 9
# Of packets that are there for the handshake alone: they leave the machine, also to a peer to whom their port is
# closed, and are dropped there. Socket mark, see SO_MARK in socket(7).
MARK = 0x6E
_SO_MARK = 36


def open_sessions(addresses: Iterable[str]) -> None:
    """Send one empty datagram to each overlay address (IPv4): WireGuard starts a handshake for it where there is
    no session. Does not block; an address that has no route or key is passed over."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
        mark(channel)
        for address in addresses:
            try:
                channel.sendto(b"", (address, DISCARD_PORT))
            except OSError:
                continue


def mark(channel: socket.socket) -> None:
    """Where that is not allowed, its packets pass as those of others do."""
    with contextlib.suppress(OSError):
        channel.setsockopt(socket.SOL_SOCKET, _SO_MARK, MARK)
