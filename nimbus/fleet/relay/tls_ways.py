"""Nodes whose WireGuard comes in over TLS: for each a socket of its own to the control plane's WireGuard.

WireGuard sees them all at this machine's loopback; where they are in truth is known here alone. What WireGuard sees
there is never stored and never told to others.

    open --WireGuard answers--> proven --a while without a word--> closed
    open --nothing in 20 s--> closed

Before WireGuard has answered, nothing passes but handshakes made with the control plane's public key, which nodes
and join tokens have; WireGuard answers to known keys only. So who is no node, and has no token, gets nothing.
"""

from __future__ import annotations

import socket
from collections import Counter

import msgspec

from nimbus.kernel.errors import RateLimited
from nimbus.wireguard.forwarding import Bucket
from nimbus.wireguard.handshake import COOKIE, InitiationCheck
from nimbus.wireguard.overlay_socket import widen

LOOPBACK = "127.0.0.1"
RETRY_AFTER_S = 60


class TlsLimits(msgspec.Struct, frozen=True):
    """`most_per_source`: many nodes may be behind one address. `most_unproven`: WireGuard has not answered yet; one
    address has a part of these, so that nobody takes them all."""

    most: int = 2000
    most_per_source: int = 200
    most_unproven: int = 200
    most_unproven_per_source: int = 50
    bytes_per_s: float = 32 * 2**20
    burst_s: float = 0.25


class TlsWay:
    """One node's, as long as its connection lasts."""

    def __init__(self, source: str, hub_port: int, check: InitiationCheck, limits: TlsLimits) -> None:
        self.source = source
        self.is_proven = False
        self._check = check
        self._bucket = Bucket(limits.bytes_per_s, limits.burst_s)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            widen(self.socket)
            self.socket.connect((LOOPBACK, hub_port))
        except BaseException:
            self.socket.close()
            raise
        self.endpoint = f"{LOOPBACK}:{self.socket.getsockname()[1]}"

    def take(self, datagram: bytes, now: float) -> float:
        """One datagram of the node; how many seconds to take no more."""
        if self.is_proven or self._check.admits(datagram):
            try:
                self.socket.send(datagram)
            except OSError:
                # WireGuard is being made anew, or has more than it can take: lost, as on any wire.
                return 0.0
        size = len(datagram) + 1
        return 0.0 if self._bucket.take(size, now) else self._bucket.wait_s(size, now)

    def answered(self, datagram: bytes) -> None:
        """WireGuard has sent this to the node."""
        self.is_proven = self.is_proven or (len(datagram) > 0 and datagram[0] != COOKIE)


class TlsWays:
    """Belongs to the Trio thread. `hub_key` is the control plane's public key, `hub_port` its UDP port."""

    def __init__(self, hub_key: str, hub_port: int, limits: TlsLimits | None = None) -> None:
        self._check = InitiationCheck(hub_key)
        self._hub_port = hub_port
        self._limits = limits or TlsLimits()
        self._ways: dict[str, TlsWay] = {}
        self._of_source: Counter[str] = Counter()

    @property
    def number(self) -> int:
        return len(self._ways)

    def open(self, source: str) -> TlsWay:
        """For a node at that address. Raises RateLimited, OSError."""
        limits = self._limits
        unproven = [way.source for way in self._ways.values() if not way.is_proven]
        if len(self._ways) >= limits.most or len(unproven) >= limits.most_unproven:
            raise RateLimited("there are too many nodes connected over TLS", retry_after=RETRY_AFTER_S)
        is_full = unproven.count(source) >= limits.most_unproven_per_source
        if is_full or self._of_source[source] >= limits.most_per_source:
            raise RateLimited(
                "too many nodes are connected over TLS from your address", retry_after=RETRY_AFTER_S
            )
        way = TlsWay(source, self._hub_port, self._check, limits)
        self._ways[way.endpoint] = way
        self._of_source[source] += 1
        return way

    def close(self, way: TlsWay) -> None:
        """Idempotent."""
        if self._ways.pop(way.endpoint, None) is not None:
            self._of_source -= Counter({way.source: 1})
            way.socket.close()

    def source_of(self, endpoint: str) -> str:
        """The address of the node that WireGuard sees at this endpoint; "" when it is none of these."""
        way = self._ways.get(endpoint)
        return way.source if way else ""
