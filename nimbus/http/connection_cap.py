"""How many connections may be open, in all and from one address, and which go first when there is one too many.

A connection is idle from its start to its first request, and between requests. Where a limit is reached the one
that has been idle longest ends for the new one; where all are busy the new one is refused. Pure: no sockets.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Sequence

import msgspec

from nimbus.http.source import Network, is_within

LOG_INTERVAL_S = 60.0
_HOST_BITS = 64
log = logging.getLogger("nimbus.listeners")


class CapCounters(msgspec.Struct):
    """Since the start; `open` is now."""

    open: int = 0
    refused_all: int = 0
    """Refused because of the limit of all."""
    refused_address: int = 0
    """Refused because of the limit of one address."""
    ended_idle: int = 0
    """Idle ones that ended to make room."""


class Slot:
    """One connection's. `end` ends it; called when another needs its place."""

    __slots__ = ("_cap", "_end", "address")

    def __init__(self, cap: ConnectionCap, address: str, end: Callable[[], None]) -> None:
        self._cap, self.address, self._end = cap, address, end

    def busy(self) -> None:
        self._cap.busy(self)

    def idle(self) -> None:
        self._cap.idle(self)

    def leave(self) -> None:
        """May be called again, and after `end`."""
        self._cap.leave(self)

    def end(self) -> None:
        self._end()


class ConnectionCap:
    """0 is no limit. `exempt` are networks from which the limit of one address does not count: many people are
    behind a proxy."""

    def __init__(
        self,
        most: int = 0,
        most_per_address: int = 0,
        exempt: Sequence[Network] = (),
        now: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._most, self._most_per_address = most, most_per_address
        self._exempt = tuple(exempt)
        self._now = now
        self._open: dict[str, set[Slot]] = {}
        # In the order in which they became idle, longest first; of all, and of each address.
        self._idle: dict[Slot, None] = {}
        self._idle_of: dict[str, dict[Slot, None]] = {}
        self._logged_at: float | None = None
        self._logged = 0
        self.counters = CapCounters()

    def enter(self, peer: str, end: Callable[[], None]) -> Slot | None:
        """A slot for a connection from this address, or None when it must go."""
        address = _whose(peer)
        if not self._has_room(address, is_within(peer, self._exempt)):
            self._log_refusals(peer)
            return None
        slot = Slot(self, address, end)
        self._open.setdefault(address, set()).add(slot)
        self.counters.open += 1
        self.idle(slot)
        return slot

    def _has_room(self, address: str, is_exempt: bool) -> bool:
        own = len(self._open.get(address, ()))
        if self._most_per_address and not is_exempt and own >= self._most_per_address:
            if self._end_longest_idle(self._idle_of.get(address)):
                return True
            self.counters.refused_address += 1
            return False
        if self._most and self.counters.open >= self._most and not self._end_longest_idle(self._idle):
            self.counters.refused_all += 1
            return False
        return True

    def _end_longest_idle(self, idle: dict[Slot, None] | None) -> bool:
        if not idle:
            return False
        slot = next(iter(idle))
        self.leave(slot)
        self.counters.ended_idle += 1
        slot.end()
        return True

    def idle(self, slot: Slot) -> None:
        if slot in self._open.get(slot.address, ()):
            self.busy(slot)
            self._idle[slot] = None
            self._idle_of.setdefault(slot.address, {})[slot] = None

    def busy(self, slot: Slot) -> None:
        self._idle.pop(slot, None)
        own = self._idle_of.get(slot.address, {})
        own.pop(slot, None)
        if not own:
            self._idle_of.pop(slot.address, None)

    def leave(self, slot: Slot) -> None:
        own = self._open.get(slot.address, set())
        if slot not in own:
            return
        self.busy(slot)
        own.remove(slot)
        self.counters.open -= 1
        if not own:
            del self._open[slot.address]

    def _log_refusals(self, peer: str) -> None:
        """A line a minute, whatever comes."""
        now, refused = self._now(), self.counters.refused_all + self.counters.refused_address
        if self._logged_at is not None and now < self._logged_at + LOG_INTERVAL_S:
            return
        log.warning(
            "%d connections to the API refused, the last one from %s: %d are open"
            " (max_connections, max_connections_per_address)",
            refused - self._logged,
            peer,
            self.counters.open,
        )
        self._logged_at, self._logged = now, refused


def _whose(peer: str) -> str:
    """Who has one address of IPv6 has 2**64 of them."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _HOST_BITS), strict=False))
