"""ICMP echo (RFC 792) to many addresses at once, on one raw socket."""

from __future__ import annotations

import os
import socket
import struct

import trio

_ECHO_REPLY, _ECHO_REQUEST = 0, 8
_HEADER = struct.Struct("!BBHHH")
_PAYLOAD = b"nimbus mesh probe"


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): `data` with a zero checksum field."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(identifier: int, sequence: int) -> bytes:
    body = _HEADER.pack(_ECHO_REQUEST, 0, 0, identifier, sequence) + _PAYLOAD
    return _HEADER.pack(_ECHO_REQUEST, 0, checksum(body), identifier, sequence) + _PAYLOAD


def parse_reply(packet: bytes, identifier: int) -> int | None:
    """The sequence number of an echo reply of ours, from an IPv4 packet; None for anything else."""
    if len(packet) < 20:
        return None
    start = (packet[0] & 0x0F) * 4
    if len(packet) < start + _HEADER.size:
        return None
    kind, _code, _sum, found, sequence = _HEADER.unpack_from(packet, start)
    return sequence if kind == _ECHO_REPLY and found == identifier else None


async def measure(addresses: list[str], *, count: int, wait_s: float) -> dict[str, float | None]:
    """The shortest round trip to each address in milliseconds, None where nothing came back.

    Needs CAP_NET_RAW. Raises OSError without it."""
    identifier = int.from_bytes(os.urandom(2), "big")
    best: dict[str, float | None] = dict.fromkeys(addresses)
    with trio.socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as channel:
        for sequence in range(count):
            sent = await _send_round(channel, addresses, identifier, sequence)
            with trio.move_on_after(wait_s):
                await _receive_round(channel, identifier, sequence, sent, best)
    return best


async def _send_round(
    channel: trio.socket.SocketType, addresses: list[str], identifier: int, sequence: int
) -> dict[str, float]:
    sent: dict[str, float] = {}
    packet = echo_request(identifier, sequence)
    for address in addresses:
        sent[address] = trio.current_time()
        try:
            await channel.sendto(packet, (address, 0))
        except OSError:
            # No route or no key for it: no answer, as far as the measurement goes.
            del sent[address]
    return sent


async def _receive_round(
    channel: trio.socket.SocketType, identifier: int, sequence: int, sent: dict[str, float],
    best: dict[str, float | None],
) -> None:  # fmt: skip
    waiting = set(sent)
    while waiting:
        packet, (address, _port) = await channel.recvfrom(2048)
        if address in waiting and parse_reply(packet, identifier) == sequence:
            waiting.discard(address)
            elapsed = (trio.current_time() - sent[address]) * 1000
            previous = best[address]
            best[address] = elapsed if previous is None else min(previous, elapsed)
