"""ICMP echo (RFC 792) to many addresses at once, on one raw socket."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Collection
from typing import NamedTuple

import trio

from nimbus.wireguard.sessions import mark

_ECHO_REPLY, _ECHO_REQUEST = 0, 8
_HEADER = struct.Struct("!BBHHH")
_PAYLOAD = b"nimbus mesh probe"
# WireGuard sends a lost handshake again after 5 s and up to a third of a second (whitepaper, section 6.4): who
# has not answered by then is not there.
LAST_WAIT_S = 6.0


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): `data` with a zero checksum field."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(identifier: int, sequence: int, payload_bytes: int = len(_PAYLOAD)) -> bytes:
    payload = (_PAYLOAD * (payload_bytes // len(_PAYLOAD) + 1))[:payload_bytes]
    body = _HEADER.pack(_ECHO_REQUEST, 0, 0, identifier, sequence) + payload
    return _HEADER.pack(_ECHO_REQUEST, 0, checksum(body), identifier, sequence) + payload


def parse_reply(packet: bytes, identifier: int) -> int | None:
    """The sequence number of an echo reply of ours, from an IPv4 packet; None for anything else."""
    if len(packet) < 20:
        return None
    start = (packet[0] & 0x0F) * 4
    if len(packet) < start + _HEADER.size:
        return None
    kind, _code, _sum, answered, sequence = _HEADER.unpack_from(packet, start)
    return sequence if kind == _ECHO_REPLY and answered == identifier else None


class Echo:
    """One measurement. Needs CAP_NET_RAW: raises OSError without it."""

    def __init__(self) -> None:
        self._identifier = int.from_bytes(os.urandom(2), "big")
        self._sequence = 0
        channel = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        mark(channel)
        self._channel = trio.socket.from_stdlib_socket(channel)

    def __enter__(self) -> Echo:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._channel.close()

    async def send(self, addresses: list[str]) -> dict[str, float]:
        """One request to each; when it was sent. One without a route or key is left out."""
        self._sequence += 1
        packet = echo_request(self._identifier, self._sequence)
        sent: dict[str, float] = {}
        for address in addresses:
            moment = trio.current_time()
            try:
                await self._channel.sendto(packet, (address, 0))
            except OSError:
                continue
            sent[address] = moment
        return sent

    async def round(self, addresses: list[str], wait_s: float) -> dict[str, float]:
        """Round trip in milliseconds of those that answer within `wait_s`."""
        return (await self.round_of(addresses, wait_s))[1]

    async def round_of(
        self, addresses: list[str], wait_s: float
    ) -> tuple[dict[str, float], dict[str, float]]:
        """When each request was sent, and the round trips as `round` has them."""
        sent = await self.send(addresses)
        times: dict[str, float] = {}
        with trio.move_on_after(wait_s):
            while len(times) < len(sent):
                packet, (address, _port) = await self._channel.recvfrom(2048)
                if address in sent and parse_reply(packet, self._identifier) == self._sequence:
                    times.setdefault(address, (trio.current_time() - sent[address]) * 1000)
        return sent, times


async def measure(
    addresses: list[str], *, count: int, wait_s: float, mute: Collection[str] = ()
) -> dict[str, float | None]:
    """The shortest round trip to each address in milliseconds, None where nothing came back. Those that are
    silent for `count` rounds get as long as WireGuard needs to repeat a handshake, and are measured after it; not
    those that are known to be `mute`."""
    best: dict[str, float] = {}
    with Echo() as echo:
        for _ in range(count):
            _keep_shortest(best, await echo.round(addresses, wait_s))
        silent = [address for address in addresses if address not in best and address not in mute]
        if silent:
            late = await echo.round(silent, LAST_WAIT_S)
            _keep_shortest(best, late)
            _keep_shortest(best, await echo.round(list(late), wait_s))
    return {address: best.get(address) for address in addresses}


class Counted(NamedTuple):
    """How many requests were sent to one address, and how many were not answered; `shortest_ms` None: all of
    them."""

    sent: int = 0
    lost: int = 0
    shortest_ms: float | None = None


async def counted(addresses: list[str], *, count: int, wait_s: float) -> dict[str, Counted]:
    """`count` requests to each address, one after the other, each waited for no longer than that."""
    found = dict.fromkeys(addresses, Counted())
    with Echo() as echo:
        for _ in range(count):
            sent, times = await echo.round_of(addresses, wait_s)
            for address in sent:
                before, trip = found[address], times.get(address)
                known = [each for each in (before.shortest_ms, trip) if each is not None]
                shortest = round(min(known), 3) if known else None
                found[address] = Counted(before.sent + 1, before.lost + (trip is None), shortest)
    return found


def _keep_shortest(best: dict[str, float], measured: dict[str, float]) -> None:
    for address, elapsed in measured.items():
        best[address] = min(elapsed, best.get(address, elapsed))
