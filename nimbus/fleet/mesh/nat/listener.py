"""The control plane's second port, where nodes show themselves: it hears, and answers nobody."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable

import trio

from nimbus.protocol.sighting import SIZE, token_of
from nimbus.wireguard.addresses import join_endpoint

# Datagrams of anybody's are looked at 100 times a second, so many each time: the rest is dropped by the kernel.
BATCH = 64
PAUSE_S = 0.01
_MAPPED = "::ffff:"
log = logging.getLogger("nimbus.mesh")


class SightingListener:
    """`port` is UDP; `sighted` is called with a token and the endpoint that it came from."""

    def __init__(self, port: int, sighted: Callable[[bytes, str], None]) -> None:
        self._port = port
        self._sighted = sighted

    async def run(self, is_open: Callable[[int], None]) -> None:
        """Until cancelled; `is_open` is called with the port. Where it is taken nothing is heard: then less is
        known of NATs, and nothing else depends on it."""
        try:
            channel = _listen(self._port)
        except OSError as error:
            log.warning(
                "UDP port %d cannot be used (%s): of which kind a NAT is can be told less often",
                self._port,
                error.strerror,
            )
            return
        with channel:
            is_open(int(channel.getsockname()[1]))
            while True:
                await trio.lowlevel.wait_readable(channel)
                self._drain(channel)
                await trio.sleep(PAUSE_S)

    def _drain(self, channel: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                received, source = channel.recvfrom(SIZE + 1)
            except OSError:
                return
            token = token_of(received)
            if token is not None:
                self._sighted(token, join_endpoint(source[0].removeprefix(_MAPPED), source[1]))


def _listen(port: int) -> socket.socket:
    """On all addresses of both families, or of IPv4 where there is no IPv6."""
    try:
        return _bound(socket.AF_INET6, "::", port)
    except OSError as error:
        if error.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            raise
    return _bound(socket.AF_INET, "0.0.0.0", port)  # noqa: S104


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    channel = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        channel.bind((address, port))
    except BaseException:
        channel.close()
        raise
    return channel
