"""Which packets one machine may send to another: sets of ports. Pure.

Written as words: `tcp/22`, `udp/8000-8100`, `tcp` (all of its ports), `icmp`, `other` (all other protocols),
`everything`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

# Sorted, apart from each other by at least one port; both ends are in it.
Ranges = tuple[tuple[int, int], ...]
LAST_PORT = 65535
ALL_PORTS: Ranges = ((0, LAST_PORT),)
EVERYTHING_WORD = "everything"
_OTHER = "other"
_PORTS = re.compile(r"(tcp|udp)/([0-9]{1,5})(?:-([0-9]{1,5}))?", re.ASCII)
# Of one word, for the API's description: it cannot say that a range ends after it begins.
PORTS = f"({_PORTS.pattern})|tcp|udp|icmp"


class PortSet(msgspec.Struct, frozen=True):
    """`tcp` and `udp` are destination ports; `other` are protocols that are none of the three."""

    tcp: Ranges = ()
    udp: Ranges = ()
    icmp: bool = False
    other: bool = False

    def __bool__(self) -> bool:
        return self != NOTHING

    def __or__(self, more: PortSet) -> PortSet:
        return PortSet(
            _normal((*self.tcp, *more.tcp)),
            _normal((*self.udp, *more.udp)),
            self.icmp or more.icmp,
            self.other or more.other,
        )

    def __sub__(self, less: PortSet) -> PortSet:
        return self & PortSet(_without(less.tcp), _without(less.udp), not less.icmp, not less.other)

    def __and__(self, other: PortSet) -> PortSet:
        return PortSet(
            _common(self.tcp, other.tcp),
            _common(self.udp, other.udp),
            self.icmp and other.icmp,
            self.other and other.other,
        )

    @property
    def words(self) -> tuple[str, ...]:
        """Which `parse` makes the same set of; none of the empty one."""
        if self == EVERYTHING:
            return (EVERYTHING_WORD,)
        icmp, other = ("icmp",) if self.icmp else (), (_OTHER,) if self.other else ()
        return (*_words("tcp", self.tcp), *_words("udp", self.udp), *icmp, *other)


NOTHING = PortSet()
EVERYTHING = PortSet(ALL_PORTS, ALL_PORTS, icmp=True, other=True)
_WHOLE = {
    "tcp": PortSet(tcp=ALL_PORTS),
    "udp": PortSet(udp=ALL_PORTS),
    "icmp": PortSet(icmp=True),
    _OTHER: PortSet(other=True),
    EVERYTHING_WORD: EVERYTHING,
}
# Without those that stand for protocols without ports.
SPOKEN = "tcp/22, tcp/8000-8100, udp/53, tcp, udp or icmp"


def parse(words: Iterable[str]) -> PortSet:
    """All of them together. Raises ValueError, with words for people."""
    together = NOTHING
    for word in words:
        together |= _one(word)
    return together


def _one(word: str) -> PortSet:
    if word in _WHOLE:
        return _WHOLE[word]
    read = _PORTS.fullmatch(word)
    if read is None:
        raise ValueError(f"{word[:40]!r} names no port: write {SPOKEN}")
    protocol, first, last = read[1], int(read[2]), int(read[3] or read[2])
    if last > LAST_PORT:
        raise ValueError(f"{word!r}: there is no port above {LAST_PORT}")
    if first > last:
        raise ValueError(f"{word!r} ends before it begins")
    ports = ((first, last),)
    return PortSet(tcp=ports) if protocol == "tcp" else PortSet(udp=ports)


def _words(protocol: str, ranges: Ranges) -> list[str]:
    if ranges == ALL_PORTS:
        return [protocol]
    return [f"{protocol}/{first}" + (f"-{last}" if last > first else "") for first, last in ranges]


def _normal(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def _without(ranges: Ranges) -> Ranges:
    """The other ports."""
    gaps, begin = [], 0
    for first, last in ranges:
        if begin < first:
            gaps.append((begin, first - 1))
        begin = last + 1
    return (*gaps, (begin, LAST_PORT)) if begin <= LAST_PORT else tuple(gaps)


def _common(one: Ranges, other: Ranges) -> Ranges:
    common, at, there = [], 0, 0
    while at < len(one) and there < len(other):
        first, last = max(one[at][0], other[there][0]), min(one[at][1], other[there][1])
        if first <= last:
            common.append((first, last))
        if one[at][1] < other[there][1]:
            at += 1
        else:
            there += 1
    return tuple(common)
