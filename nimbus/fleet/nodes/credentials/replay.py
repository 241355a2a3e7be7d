"""Which counters of one session key were used: a sliding window, as in RFC 6479.

Requests of one node travel on more than one connection and may overtake each other by a little, never by much.
"""

from __future__ import annotations

WINDOW = 256
_MASK = (1 << WINDOW) - 1


class ReplayWindow:
    """`newest` is the largest counter that was accepted; bit N of the window is for `newest - N`."""

    __slots__ = ("_seen", "newest")

    def __init__(self) -> None:
        self.newest = 0
        self._seen = 0

    def accept(self, counter: int) -> bool:
        """Whether `counter` (1 or more) is new, which it is once. What lies a window or more back never is."""
        ahead = counter - self.newest
        if ahead > 0:
            self._seen = ((self._seen << ahead) & _MASK) | 1 if ahead < WINDOW else 1
            self.newest = counter
            return True
        # The distance first: a shift by what a peer chose would take memory without bound.
        if ahead <= -WINDOW or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True
