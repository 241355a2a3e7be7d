"""Who may connect, and what was counted."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from nimbus.http.agents.limits import Limits


class Verdict(enum.Enum):
    """What becomes of a new connection."""

    SERVE = "serve"
    BUSY = "busy"
    """Take it so far that the peer learns why: its first request is answered 503."""
    CUT = "cut"
    """Close it unheard."""


class Admission:
    """Counts connections, in all and per address. Pure: no sockets.

    Beyond a limit a small reserve (a 64th of it, at least 4) is told that the listener is busy, what comes
    on top is cut, so that a flood costs neither descriptors nor handshakes without bound.
    """

    __slots__ = ("_addresses", "_limits", "open")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._addresses: dict[str, int] = {}
        self.open = 0

    @property
    def addresses(self) -> int:
        """How many addresses have a connection."""
        return len(self._addresses)

    def enter(self, address: str, *, shared: bool = False) -> Verdict:
        """Decide on a connection; unless it is cut it counts until `leave`. `shared`: many nodes come from this
        address, so that the limit of one does not count."""
        limits = self._limits
        own = self._addresses.get(address, 0)
        most = limits.connections if shared else limits.connections_per_address
        if self.open >= _with_reserve(limits.connections) or own >= _with_reserve(most):
            return Verdict.CUT
        busy = self.open >= limits.connections or own >= most
        self.open += 1
        self._addresses[address] = own + 1
        return Verdict.BUSY if busy else Verdict.SERVE

    def leave(self, address: str) -> None:
        """A connection that had entered is closed."""
        self.open -= 1
        left = self._addresses[address] - 1
        if left:
            self._addresses[address] = left
        else:
            del self._addresses[address]


def _with_reserve(limit: int) -> int:
    return limit + max(4, limit // 64)


@dataclass(frozen=True, slots=True)
class Counters:
    """A snapshot of the listener, since it began to serve (`open`, `parked`, `nodes`: now)."""

    open: int
    parked: int
    nodes: int
    accepted: int
    cut: int
    """Closed unheard: far over a limit."""
    busy: int
    """Answered 503: over a limit."""
    revoked: int
    """Certificates that `identify` refused."""
    accept_failures: int
    """Times that accepting paused because descriptors or memory ran out."""
    handshakes_ok: int
    handshakes_failed: dict[str, int]
    """By reason: OpenSSL's (lower case) or `timeout`, `reset`, `closed`, `certificate`, `identify`."""
    requests: dict[str, int]
    """Answers by status class: `2xx` to `5xx`."""
    timeouts: dict[str, int]
    """By what was waited for: `head`, `body`, `answer`, `idle`, `write`."""
