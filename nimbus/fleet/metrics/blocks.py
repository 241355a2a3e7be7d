"""Blocks of samples: columns of numbers, packed small.

A number of a node is kept as a code of 16 bits on a logarithmic scale: right to 0.05 %, from thousandths to 2^65,
which is more than a chart shows. 0 is "nothing known". Codes are in the order of what they stand for, so that the
smallest and the largest are found without decoding. What lies side by side in a column is alike, so it packs well.
"""

from __future__ import annotations

import functools
import math
import sys
import zlib
from array import array
from collections.abc import Sequence

from nimbus.fleet.metrics.records import METRICS
from nimbus.fleet.metrics.rules import BLOCK_SLOTS, RAW_S, WINDOW_SLOTS

NOTHING = 0
_SCALE = 1000
_LAST = 65535
Codes = Sequence[int]
# Of a block of minutes each metric has three columns.
AVERAGE, SMALLEST, LARGEST = range(3)
_BYTES_OF = {"H": 2, "f": 4}


def code(value: float | None) -> int:
    if value is None or not value >= 0:
        return NOTHING
    if value >= 2.0**65:
        return _LAST
    return min(_LAST, 1 + round(math.log2(1 + value) * _SCALE))


@functools.cache
def _values() -> array[float]:
    """What each code stands for, in five digits: more are not in it."""
    return array("d", [0.0, *(float(f"{2 ** (number / _SCALE) - 1:.5g}") for number in range(_LAST))])


def value(number: int) -> float | None:
    return None if number == NOTHING else _values()[number]


def average(codes: Codes) -> float | None:
    """Of those that stand for something."""
    known = [number for number in codes if number]
    return math.fsum(map(_values().__getitem__, known)) / len(known) if known else None


def smallest(codes: Codes) -> int:
    least = min(codes, default=NOTHING)
    return least or min((number for number in codes if number), default=NOTHING)


def largest(codes: Codes) -> int:
    return max(codes, default=NOTHING)


def pack(columns: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        columns = columns[:]
        columns.byteswap()
    return zlib.compress(columns.tobytes(), 1)


def unpack_minutes(packed: bytes) -> Codes:
    return _unpack(packed, "H", WINDOW_SLOTS, 3 * len(METRICS))  # type: ignore[return-value]


def _unpack(packed: bytes, typecode: str, slots: int, columns: int) -> array[float]:
    """Columns that a newer version added are empty, those that it took away are left out."""
    size = slots * columns * _BYTES_OF[typecode]
    values: array[float] = array(typecode)
    values.frombytes(zlib.decompressobj().decompress(packed, size))
    if sys.byteorder == "big":
        values.byteswap()
    empty = math.nan if typecode == "f" else NOTHING
    values.extend([empty] * (slots * columns - len(values)))
    return values


class Block:
    """Samples of one node in ten minutes from `start` on."""

    __slots__ = ("codes", "start")

    def __init__(self, start: int, packed: bytes | None = None) -> None:
        self.start = start
        self.codes: array[int] = (
            array("H", bytes(2 * BLOCK_SLOTS * len(METRICS)))
            if packed is None
            else _unpack(packed, "H", BLOCK_SLOTS, len(METRICS))  # type: ignore[assignment]
        )

    def copy(self) -> Block:
        block = Block.__new__(Block)
        block.start, block.codes = self.start, self.codes[:]
        return block

    def clear_from(self, at: float) -> None:
        """Forget what lies at or after a time."""
        first = max(0, math.ceil((at - self.start) / RAW_S))
        for metric in range(len(METRICS)):
            for slot in range(first, BLOCK_SLOTS):
                self.codes[metric * BLOCK_SLOTS + slot] = NOTHING

    def fill(self, other: Block) -> None:
        """Take over what the other one knows of slots that are free here."""
        for slot in range(BLOCK_SLOTS):
            if not any(self.codes[slot::BLOCK_SLOTS]):
                self.codes[slot::BLOCK_SLOTS] = other.codes[slot::BLOCK_SLOTS]

    def put(self, at: float, values: Sequence[float | None]) -> bool:
        """Whether the slot was free: what is there stays."""
        slot = int(at - self.start) // RAW_S
        if any(self.codes[slot::BLOCK_SLOTS]):
            return False
        self.codes[slot::BLOCK_SLOTS] = array("H", map(code, values))
        return True

    def has(self, at: float, seconds: int) -> bool:
        """Whether anything is known of the time from `at` on."""
        first = int(at - self.start) // RAW_S
        return any(
            any(self.column(number)[first : first + seconds // RAW_S]) for number in range(len(METRICS))
        )

    def averages(self, at: float, seconds: int) -> list[float | None]:
        """Of each metric, in the time from `at` on."""
        first = int(at - self.start) // RAW_S
        last = first + seconds // RAW_S
        return [average(self.column(metric)[first:last]) for metric in range(len(METRICS))]

    def column(self, metric: int) -> array[int]:
        return self.codes[metric * BLOCK_SLOTS : (metric + 1) * BLOCK_SLOTS]


def minutes_of(raw: Codes) -> list[tuple[int, int, int]]:
    """Average, smallest and largest of each minute of samples, as codes."""
    per = 60 // RAW_S
    minutes = []
    for first in range(0, len(raw), per):
        some = raw[first : first + per]
        minutes.append((code(average(some)), smallest(some), largest(some)))
    return minutes


def rolled_up(start: int, blocks: Sequence[Block]) -> array[int]:
    """The minutes of a window that begins at `start`, from its blocks of samples."""
    columns: array[int] = array("H", bytes(2 * WINDOW_SLOTS * len(METRICS) * 3))
    for block in blocks:
        first = (block.start - start) // 60
        for metric in range(len(METRICS)):
            minutes = minutes_of(block.column(metric))
            for kind in (AVERAGE, SMALLEST, LARGEST):
                at = (metric * 3 + kind) * WINDOW_SLOTS + first
                columns[at : at + len(minutes)] = array("H", [minute[kind] for minute in minutes])
    return columns


class FleetBlock:
    """Minutes of many nodes together, in a window from `start` on: how many had something to say, and for each
    metric the sum of their averages."""

    __slots__ = ("figures", "start")
    COLUMNS = 1 + len(METRICS)

    def __init__(self, start: int, packed: bytes | None = None) -> None:
        self.start = start
        self.figures: array[float] = (
            array("f", [math.nan]) * (WINDOW_SLOTS * self.COLUMNS)
            if packed is None
            else _unpack(packed, "f", WINDOW_SLOTS, self.COLUMNS)
        )

    def copy(self) -> FleetBlock:
        block = FleetBlock.__new__(FleetBlock)
        block.start, block.figures = self.start, self.figures[:]
        return block

    def clear_from(self, at: float) -> None:
        """Forget the minutes that begin at or after a time."""
        first = max(0, math.ceil((at - self.start) / 60))
        for column in range(self.COLUMNS):
            for slot in range(first, WINDOW_SLOTS):
                self.figures[column * WINDOW_SLOTS + slot] = math.nan

    def has(self, minute: int) -> bool:
        return not math.isnan(self.figures[(minute - self.start) // 60])

    def add(self, minute: int, nodes: int, sums: Sequence[float | None]) -> None:
        slot = (minute - self.start) // 60
        for column, figure in enumerate((nodes, *sums)):
            if figure is not None:
                at = column * WINDOW_SLOTS + slot
                known = self.figures[at]
                self.figures[at] = figure if math.isnan(known) else known + figure
