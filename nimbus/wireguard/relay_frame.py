"""How datagrams of WireGuard travel over a relay: frames in UDP datagrams of the overlay.

    byte 0      1, the version
    byte 1      what it is (`What`); `DELIVERED` is added from the relay to the receiver
    bytes 2-5   an overlay address (IPv4): the receiver's on the way to the relay, the sender's from there on
    the rest    of DATAGRAM: one datagram of WireGuard as it is; of REFUSAL: one byte, `Reason`;
                of QUESTION: 8 bytes that are drawn at random, of ANSWER: those of its question

A relay has no key of what it carries. Who sent a frame is told by WireGuard below: the packet's source address is
proven, and whoever relays writes it into the frame. QUESTION and ANSWER tell whether a way over a relay works to
its end; a REFUSAL names the receiver of what was refused, and comes from the relay itself.
"""

from __future__ import annotations

import enum

# UDP, on overlay addresses alone: of the relay and of every node that sends or gets frames.
PORT = 8446
VERSION = 1
HEADER = 6
MOST_PAYLOAD = 65_000
QUESTION_BYTES = 8
DELIVERED = 0x80


class What(enum.IntEnum):
    DATAGRAM = 1
    QUESTION = 2
    ANSWER = 3
    REFUSAL = 4


class Reason(enum.IntEnum):
    """Why a relay does not carry a frame on."""

    NOT_SERVED = 1
    """It does not relay between these two."""
    NO_ROOM = 2
    """There is more than this node, or all of them together, may have carried."""


CARRIED = frozenset((What.DATAGRAM, What.QUESTION, What.ANSWER))


def header(what: int, address: bytes) -> bytes:
    """`address` in 4 bytes."""
    return bytes((VERSION, what)) + address


def is_frame(buffer: bytes | bytearray, size: int) -> bool:
    """Whether the first `size` bytes are a frame of a version that is known."""
    return HEADER <= size <= HEADER + MOST_PAYLOAD and buffer[0] == VERSION
