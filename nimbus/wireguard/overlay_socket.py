"""A UDP socket that belongs to the mesh: it sends and hears through one interface, whatever routes say.

Linux takes packets for the overlay address from every network that this machine is in; on an interface of WireGuard
alone the source of a packet is proven.
"""

from __future__ import annotations

import errno
import socket

from nimbus.wireguard.errors import DeviceError

# Of what is sent faster than it is read: some thousand datagrams.
BUFFER_BYTES = 4 * 2**20
# linux/in.h, linux/socket.h
_IP_MTU_DISCOVER, _IP_PMTUDISC_DONT, _IP_FREEBIND = 10, 0, 15
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33


class PortInUse(DeviceError):
    code = "RELAY_PORT_IN_USE"


class OverlaySocket:
    """Non-blocking. `follow` is to be called now and then: an interface that was made anew is another one."""

    def __init__(self, interface: str, address: str, port: int) -> None:
        """Raises PortInUse, DeviceError (there is no such interface), OSError."""
        try:
            socket.if_nametoindex(interface)
        except OSError:
            raise DeviceError(
                f"there is no interface {interface}: nothing can be relayed",
                next_step="It is made again by itself; what removes it is in the system's log.",
            ) from None
        self._interface = interface
        self._index = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            widen(self.socket)
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
            # A datagram of WireGuard inside of another one is larger than the MTU of the mesh.
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DONT)
            self.follow()
            self.socket.bind((address, port))
        except OSError as error:
            self.socket.close()
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUse(
                f"UDP port {port} of {address} is in use by another program: nothing can be relayed",
                next_step="Stop that program: the port is of the mesh (ss -ulpn shows whose it is).",
            ) from None

    def follow(self) -> None:
        """Stay with the interface of that name. Raises OSError when there is none."""
        index = socket.if_nametoindex(self._interface)
        if index != self._index:
            name = self._interface.encode() + b"\0"
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
            self._index = index

    def close(self) -> None:
        self.socket.close()


def widen(channel: socket.socket) -> None:
    """Make the queues of a socket large: beyond the machine's limit where this process may."""
    for forced, usual in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
        try:
            channel.setsockopt(socket.SOL_SOCKET, forced, BUFFER_BYTES)
        except OSError:
            channel.setsockopt(socket.SOL_SOCKET, usual, BUFFER_BYTES)
