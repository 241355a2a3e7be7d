"""Which frames a relay carries on, and how much of it. Pure: no sockets, times are seconds of one clock.

What comes too fast is dropped, never kept: a relay without room is felt as a wire without room, and its memory is
that of one number for each node that it heard of. Who is refused is told so, once a second.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import msgspec

from nimbus.wireguard.relay_frame import CARRIED, HEADER, Reason, is_frame

_CARRIED = frozenset(int(what) for what in CARRIED)
TELL_REFUSALS_S = 1.0


class Limits(msgspec.Struct, frozen=True):
    """Of one node, and of all together. `burst_s`: so many seconds' worth may come at once."""

    bytes_per_s: float = 32 * 2**20
    all_bytes_per_s: float = 128 * 2**20
    all_frames_per_s: float = 40_000.0
    burst_s: float = 0.25
    most_nodes: int = 65_536


class Bucket:
    """What may still pass; it fills with time."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, burst_s: float) -> None:
        self._rate, self._most = rate, rate * burst_s
        # Full when it is first asked.
        self._left, self._at = 0.0, float("-inf")

    def take(self, amount: float, now: float) -> bool:
        """Whether there is room for so much; it is used up then."""
        self._left, self._at = min(self._most, self._left + (now - self._at) * self._rate), now
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def wait_s(self, amount: float, now: float) -> float:
        """Until there is room for so much."""
        left = min(self._most, self._left + (now - self._at) * self._rate)
        return max(0.0, (min(amount, self._most) - left) / self._rate)


class RelayCounters(msgspec.Struct):
    """Frames since the start."""

    carried: int = 0
    carried_bytes: int = 0
    """Of the payload."""
    malformed: int = 0
    """Too short, of another version, or not to be relayed."""
    not_served: int = 0
    no_room: int = 0
    unsent: int = 0
    """The receiver could not be sent to: its way is down, or the queue of the socket was full."""


class Forwarder:
    """`may_pass` tells whether one overlay address may send to another by this relay."""

    def __init__(self, may_pass: Callable[[str, str], bool], limits: Limits | None = None) -> None:
        self._may_pass = may_pass
        self._limits = limits or Limits()
        self._of_node: dict[str, Bucket] = {}
        self._told_at: dict[str, float] = {}
        self._all_bytes = Bucket(self._limits.all_bytes_per_s, self._limits.burst_s)
        self._all_frames = Bucket(self._limits.all_frames_per_s, self._limits.burst_s)
        self.counters = RelayCounters()

    def judge(self, source: str, frame: bytes | bytearray, size: int, now: float) -> str | Reason | None:
        """Where the frame goes, or why it does not; None of what is no frame that a relay carries."""
        counters = self.counters
        if not is_frame(frame, size) or frame[1] not in _CARRIED:
            counters.malformed += 1
            return None
        destination = socket.inet_ntoa(frame[2:HEADER])
        if not self._may_pass(source, destination):
            counters.not_served += 1
            return Reason.NOT_SERVED
        if not self._has_room(source, size, now):
            counters.no_room += 1
            return Reason.NO_ROOM
        counters.carried += 1
        counters.carried_bytes += size - HEADER
        return destination

    def _has_room(self, source: str, size: int, now: float) -> bool:
        bucket = self._of_node.get(source)
        if bucket is None:
            if len(self._of_node) >= self._limits.most_nodes:
                self._of_node.clear()
            bucket = self._of_node[source] = Bucket(self._limits.bytes_per_s, self._limits.burst_s)
        # Not `or`: what the node may not send uses up nothing of all.
        return bucket.take(size, now) and self._all_bytes.take(size, now)

    def tells(self, source: str, now: float) -> bool:
        """Whether a refusal is told to this node now."""
        if now < self._told_at.get(source, float("-inf")) + TELL_REFUSALS_S:
            return False
        if len(self._told_at) >= self._limits.most_nodes:
            self._told_at.clear()
        self._told_at[source] = now
        return True

    def pause_s(self, frames: int, now: float) -> float:
        """After so many frames, good or bad: how long to leave the next ones to the socket, which has an end."""
        if self._all_frames.take(frames, now):
            return 0.0
        return self._all_frames.wait_s(frames, now)
