"""Blocks of measurements of one node: for each of the others so many steps of time, packed small. Pure.

A round trip is kept as a code of 8 bits on a logarithmic scale, right to 3 %, from 0.01 ms to 10 s; 0: nothing
came back. Beside it how many echo requests were sent, and lost, in that step. What lies side by side is of one way,
so it packs well.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

_SHORTEST_MS, _LONGEST_MS = 0.01, 10_000.0
_CODES = 254
_PER_CODE = math.log(_LONGEST_MS / _SHORTEST_MS) / (_CODES - 1)
_MOST = 255


class Grain(NamedTuple):
    """How fine: steps of `step_s` seconds, `slots` of them in a block, kept for `kept_s`."""

    step_s: int
    slots: int
    kept_s: int

    @property
    def block_s(self) -> int:
        return self.step_s * self.slots

    def block_start(self, at: float) -> int:
        return int(at // self.block_s) * self.block_s

    def step_start(self, at: float) -> int:
        return int(at // self.step_s) * self.step_s


FINE = Grain(300, 72, 24 * 3600)
COARSE = Grain(3600, 120, 14 * 24 * 3600)


class Figure(NamedTuple):
    """Of one way in one step. `rtt_ms` is the mean of those that were answered; None: none was."""

    rtt_ms: float | None
    sent: int
    lost: int


def together(figures: Iterable[Figure]) -> Figure | None:
    """Of several steps, or of several measurements of one; None of none."""
    sent = lost = answered = 0
    trips = 0.0
    for figure in figures:
        sent += figure.sent
        lost += figure.lost
        if figure.rtt_ms is not None:
            weight = max(1, figure.sent - figure.lost)
            answered += weight
            trips += figure.rtt_ms * weight
    if not sent:
        return None
    return Figure(trips / answered if answered else None, sent, lost)


def code(rtt_ms: float | None) -> int:
    if rtt_ms is None:
        return 0
    within = min(max(rtt_ms, _SHORTEST_MS), _LONGEST_MS)
    return 1 + round(math.log(within / _SHORTEST_MS) / _PER_CODE)


_VALUES: list[float | None] = [
    None,
    *(float(f"{_SHORTEST_MS * math.exp(number * _PER_CODE):.3g}") for number in range(_CODES + 1)),
]


class _Columns(msgspec.Struct, array_like=True):
    """`places` ascend, each told as the distance to the one before; the others have `slots` bytes for each."""

    places: list[int]
    trips: bytes
    sent: bytes
    lost: bytes


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Columns)


class Block:
    """Of one node, from `start` on: places of others to a slot for each step."""

    def __init__(self, grain: Grain, start: int, packed: bytes | None = None) -> None:
        self.grain, self.start = grain, start
        self._ways: dict[int, tuple[bytearray, bytearray, bytearray]] = {}
        if packed:
            columns = _decoder.decode(zlib.decompress(packed))
            size = grain.slots
            for number, place in enumerate(itertools.accumulate(columns.places)):
                part = slice(number * size, (number + 1) * size)
                self._ways[place] = (
                    bytearray(columns.trips[part]),
                    bytearray(columns.sent[part]),
                    bytearray(columns.lost[part]),
                )

    @property
    def places(self) -> Iterable[int]:
        return self._ways.keys()

    def put(self, at: int, figures: Mapping[int, Figure]) -> None:
        """What was measured in the step that begins at `at`, by place, instead of what is there."""
        slot = (at - self.start) // self.grain.step_s
        for place, figure in figures.items():
            way = self._ways.get(place)
            if way is None:
                size = self.grain.slots
                way = self._ways[place] = (bytearray(size), bytearray(size), bytearray(size))
            # Of many that share stays.
            scale = min(1.0, _MOST / figure.sent) if figure.sent else 0.0
            way[0][slot] = code(figure.rtt_ms)
            way[1][slot] = round(figure.sent * scale)
            way[2][slot] = round(figure.lost * scale)

    def figure(self, place: int, slot: int) -> Figure | None:
        """None: nothing was sent."""
        way = self._ways.get(place)
        if way is None or not way[1][slot]:
            return None
        return Figure(_VALUES[way[0][slot]], way[1][slot], way[2][slot])

    def figures(self, place: int) -> dict[int, Figure]:
        """By the time at which their step begins."""
        found = ((slot, self.figure(place, slot)) for slot in range(self.grain.slots))
        return {self.start + slot * self.grain.step_s: figure for slot, figure in found if figure is not None}

    def of(self, since: int, until: int) -> dict[int, Figure]:
        """By place, all steps that begin in this time together."""
        first = max(0, (since - self.start) // self.grain.step_s)
        last = min(self.grain.slots, (until - self.start) // self.grain.step_s)
        found: dict[int, Figure] = {}
        for place, (_, sent, _lost) in self._ways.items():
            if any(sent[first:last]):
                figures = (self.figure(place, slot) for slot in range(first, last))
                figure = together(each for each in figures if each is not None)
                if figure is not None:
                    found[place] = figure
        return found

    def packed(self) -> bytes:
        places = sorted(self._ways)
        steps = [place - before for before, place in itertools.pairwise([0, *places])]
        trips, sent, lost = (b"".join(self._ways[place][column] for place in places) for column in range(3))
        return zlib.compress(_encoder.encode(_Columns(steps, trips, sent, lost)))
