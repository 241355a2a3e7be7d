"""How large packets of a tunnel may be: what the way outside of it carries, less what WireGuard adds.

Over IPv6 a packet of the tunnel becomes larger by 40 bytes of IP, 8 of UDP, and 32 of WireGuard (16 before it, 16
of tag after it; whitepaper, section 5.4.6). Over IPv4 it is 20 less; that is not worth a tunnel that breaks when
its peer moves to IPv6.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from nimbus.wireguard.model import DEFAULT_MTU, MTU_LIMITS

OVERHEAD = 80
# What every link has to carry for IPv6 (RFC 8200, section 5). A route with less is the kernel's to fragment for.
SMALLEST_BY_ROUTE = 1280
MtuSource = Literal["set", "route", "learned", "measured", "default"]


class Way(msgspec.Struct, frozen=True):
    """Bytes of a packet: what the interface sends to which a route leads, and what the kernel knows of the whole
    way (it learns that from ICMP). `source` is the own address that goes with the route."""

    link: int
    path: int
    source: str = ""


class PathMtu:
    """The MTU of one tunnel. `fixed` is what somebody has set, 0: nothing."""

    def __init__(self, fixed: int = 0) -> None:
        self.fixed = fixed
        self._key: tuple[str, int, str] | None = None
        self._route: int | None = None
        self._path = self._measured = 0

    def see(self, address: str, way: Way | None) -> None:
        """The way to `address` as it is now. What was learned of a way holds until it is another one: the kernel
        forgets it after ten minutes, and would learn it again by losing packets. None: nothing is known."""
        if way is None:
            return
        key = (address, way.link, way.source)
        if self._key != key:
            self._key, self._path, self._measured = key, way.path, 0
        self._path = min(self._path, way.path)
        self._route = way.link

    def measure(self, mtu: int) -> None:
        """Packets of this size pass through the tunnel, larger ones do not."""
        self._measured = max(MTU_LIMITS[0], mtu)

    @property
    def mtu(self) -> int:
        return self._both[0]

    @property
    def source(self) -> MtuSource:
        """Where it comes from."""
        return self._both[1]

    @property
    def _both(self) -> tuple[int, MtuSource]:
        if self.fixed:
            return self.fixed, "set"
        if self._route is None:
            mtu, source = DEFAULT_MTU, "default"
        else:
            mtu, source = _within(self._path), "route" if self._path == self._route else "learned"
        if self._measured and self._measured < mtu:
            mtu, source = self._measured, "measured"
        return mtu, source  # type: ignore[return-value]


def _within(path: int) -> int:
    """Not more than the ways of a mesh are known to carry: a route to one member says nothing of the others'."""
    return max(SMALLEST_BY_ROUTE, min(DEFAULT_MTU, path - OVERHEAD))
