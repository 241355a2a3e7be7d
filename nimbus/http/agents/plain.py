"""A TCP socket with the methods of a TLS one: for a proxy on the same machine that ends TLS itself."""

from __future__ import annotations

import socket
import ssl


class PlainSocket(socket.socket):
    """Takes the descriptor of `sock` over. What would block raises what `ssl.SSLSocket` raises."""

    def __init__(self, sock: socket.socket) -> None:
        family, kind, protocol = sock.family, sock.type, sock.proto
        super().__init__(family, kind, protocol, fileno=sock.detach())
        self.setblocking(False)

    def do_handshake(self) -> None:
        """There is none."""

    def read(self, size: int) -> bytes:
        try:
            return self.recv(size)
        except BlockingIOError:
            raise ssl.SSLWantReadError from None

    def write(self, data: bytes | memoryview) -> int:
        try:
            return self.send(data)
        except BlockingIOError:
            raise ssl.SSLWantWriteError from None

    def unwrap(self) -> None:
        """The end is said by the FIN."""
