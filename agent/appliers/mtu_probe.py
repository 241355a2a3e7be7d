"""How large packets pass through the tunnel to the control plane or to a member: echo requests (RFC 792), by size.

For ways on which large packets vanish and no router says so. They are sent with "do not fragment", whatever the
kernel believes of the way. An answer is as large as its question: both directions are measured.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable

import trio

from agent.operations.echo import echo_request, parse_reply
from nimbus.wireguard.model import MTU_LIMITS

# Of IPv4 and of the echo.
HEADERS = 28
FIRST_WAIT_S = 1.0
LEAST_WAIT_S = 0.2
TRIES = 3
SIZES_AT_ONCE = 16
# WireGuard fills packets up to a multiple of 16 (whitepaper, section 5.4.6): to know it better is of no use.
EXACT_BYTES = 8
# linux/in.h: set "do not fragment", and do not look at what is known of the way.
_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE = 10, 3


class SizedEcho:
    """Questions to one address. Needs CAP_NET_RAW: raises OSError without it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._identifier = int.from_bytes(os.urandom(2), "big")
        self._channel = trio.socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._channel.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)
        self._wait_s = FIRST_WAIT_S

    def __enter__(self) -> SizedEcho:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._channel.close()

    async def first(self, size: int) -> bool:
        """Whether that comes back within a second; how long it took is how long others are waited for."""
        began = trio.current_time()
        if not await self.answered((size,)):
            return False
        self._wait_s = max(LEAST_WAIT_S, 3 * (trio.current_time() - began))
        return True

    async def answered(self, sizes: Iterable[int]) -> set[int]:
        """Those packet sizes, in bytes, that are answered in time."""
        asked = set(sizes)
        came: set[int] = set()
        for size in asked:
            try:
                await self._channel.sendto(
                    echo_request(self._identifier, size, size - HEADERS), (self._address, 0)
                )
            except OSError:
                continue
        with trio.move_on_after(self._wait_s):
            while came != asked:
                packet, (source, _port) = await self._channel.recvfrom(65536)
                # The number of an echo is its size.
                answer = parse_reply(packet, self._identifier)
                if source == self._address and answer == len(packet):
                    came.add(answer)
        return came


async def largest_that_passes(address: str, most: int) -> int | None:
    """The size in bytes, at most `most`; None when nothing is answered, or nothing can be asked."""
    try:
        with SizedEcho(address) as echo:
            if not await echo.first(MTU_LIMITS[0]):
                return None
            for _ in range(TRIES):
                if most in await echo.answered((most,)):
                    return most
            return await _between(echo, MTU_LIMITS[0], most)
    except OSError:
        return None


async def _between(echo: SizedEcho, passes: int, lost: int) -> int:
    """The largest size that passes; `passes` does, `lost` does not."""
    while lost - passes > EXACT_BYTES:
        step = max(1, (lost - passes) // (SIZES_AT_ONCE + 1))
        sizes = set(range(passes + step, lost, step))
        came: set[int] = set()
        for _ in range(TRIES):
            came |= await echo.answered(sizes - came)
        passes = max(came, default=passes)
        lost = min((size for size in sizes if size > passes), default=lost)
    return passes
