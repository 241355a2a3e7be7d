"""What crosses the underlay, packet by packet, as a tap on the switch sees it."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from tests.kit.lab.network import BRIDGE, Switch

MAX_PACKETS = 200_000
_BUFFER_BYTES = 64 * 1024 * 1024
_ETH_P_ALL, _ETH_P_IP = 0x0003, 0x0800
_SOL_PACKET, _PACKET_STATISTICS, _SO_RCVBUFFORCE = 263, 6, 33
TCP, UDP, IGMP = socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_IGMP


@dataclass(frozen=True)
class Packet:
    """An IPv4 packet. Ports are 0 for what has none; `data` is all that follows the IP header."""

    protocol: int
    source: str
    source_port: int
    destination: str
    destination_port: int
    data: bytes


class Capture:
    """Made by `capture`; fills while its context is open."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def add(self, frame: bytes) -> None:
        packet = parse(frame)
        if packet is not None:
            assert len(self.packets) < MAX_PACKETS, "more packets than a test should make"
            self.packets.append(packet)

    def holds(self, content: bytes) -> bool:
        """Whether those bytes crossed in one packet."""
        return any(content in packet.data for packet in self.packets)

    def protocols(self) -> set[int]:
        """IP protocol numbers, without IGMP: that is what the kernels of the switch and the hosts say of
        themselves to each other, and nothing of ours."""
        return {packet.protocol for packet in self.packets} - {IGMP}

    def bytes_between(self, one: str, other: str, protocol: int) -> int:
        ends = {one, other}
        return sum(
            len(packet.data)
            for packet in self.packets
            if packet.protocol == protocol and {packet.source, packet.destination} == ends
        )


def parse(frame: bytes) -> Packet | None:
    """An Ethernet frame (without VLAN tags) with IPv4 in it; None for another."""
    if len(frame) < 34 or struct.unpack_from("!H", frame, 12)[0] != _ETH_P_IP:
        return None
    start = 14 + (frame[14] & 0x0F) * 4
    protocol = frame[23]
    ports = (0, 0)
    if protocol in (TCP, UDP) and len(frame) >= start + 4:
        ports = struct.unpack_from("!HH", frame, start)
    source, destination = (str(ipaddress.IPv4Address(frame[at : at + 4])) for at in (26, 30))
    return Packet(protocol, source, ports[0], destination, ports[1], frame[start:])


@asynccontextmanager
async def capture(switch: Switch) -> AsyncIterator[Capture]:
    """Everything between two hosts of the lab, from now to the end of the context. Nothing is missed: it fails
    when the kernel had to drop a packet."""

    def tap() -> socket.socket:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        opened.bind((BRIDGE, _ETH_P_ALL))
        return opened

    found = Capture()
    raw = await switch.call(tap)
    with trio.socket.from_stdlib_socket(raw) as channel:

        async def collect() -> None:
            while True:
                found.add(await channel.recv(65536))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(collect)
            yield found
            nursery.cancel_scope.cancel()
        channel_empty = False
        while not channel_empty:
            try:
                found.add(raw.recv(65536, socket.MSG_DONTWAIT))
            except BlockingIOError:
                channel_empty = True
        _seen, dropped = struct.unpack("II", raw.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        assert dropped == 0, f"the capture missed {dropped} packets"
