"""Columns of a block, packed by the standard library alone.

Text, and whatever else has few values, is a dictionary and a code for each row; numbers are as narrow as the
largest needs, their bytes sorted by place, which packs better.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

# Higher ones gain a twentieth and take twice the time.
LEVEL = 1
_pack_values = msgspec.msgpack.Encoder().encode
_unpack_values = msgspec.msgpack.Decoder().decode
# By the width of a number in bytes.
_TYPES = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Codes(NamedTuple):
    """Row n has `values[codes[n]]`; `codes` is bytes where there are 256 values at most."""

    values: list[Any]
    codes: Sequence[int]

    def column(self) -> list[Any]:
        return list(map(self.values.__getitem__, self.codes))


def pack_values(column: Sequence[Any], level: int = LEVEL) -> bytes:
    """Values of any kind that MessagePack and a dictionary take."""
    values = list(dict.fromkeys(column))
    index = {value: number for number, value in enumerate(values)}
    head = _pack_values(values)
    codes = b"" if len(values) == 1 else _numbers(list(map(index.__getitem__, column)))
    return zlib.compress(len(head).to_bytes(4, "little") + head + codes, level)


def unpack_values(packed: bytes, rows: int) -> Codes:
    data = zlib.decompress(packed)
    end = 4 + int.from_bytes(data[:4], "little")
    values: list[Any] = _unpack_values(data[4:end])
    return Codes(values, bytes(rows) if end == len(data) else _read_numbers(data[end:]))


def pack_numbers(column: Sequence[int], level: int = LEVEL) -> bytes:
    """Whole numbers from 0 to 2^64 - 1."""
    return zlib.compress(_numbers(column), level)


def unpack_numbers(packed: bytes) -> Sequence[int]:
    return _read_numbers(zlib.decompress(packed))


def _numbers(column: Sequence[int]) -> bytes:
    width = _width(max(column, default=0))
    if width == 1:
        return b"\x01" + bytes(column)
    numbers = array(_TYPES[width], column)
    if sys.byteorder == "big":
        numbers.byteswap()
    raw = numbers.tobytes()
    return bytes([width]) + b"".join(raw[place::width] for place in range(width))


def _width(largest: int) -> int:
    return next(width for width in _TYPES if largest < 1 << (8 * width))


def _read_numbers(data: bytes) -> Sequence[int]:
    width = data[0]
    if width == 1:
        return data[1:]
    rows = (len(data) - 1) // width
    raw = bytearray(rows * width)
    for place in range(width):
        raw[place::width] = data[1 + place * rows : 1 + (place + 1) * rows]
    numbers = array(_TYPES[width], bytes(raw))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def chosen(column: Iterable[int], wanted: Sequence[int]) -> bytes:
    """A byte for each row: 1 where the code's entry in `wanted` is."""
    if isinstance(column, bytes):
        return column.translate(bytes(wanted).ljust(256, b"\0"))
    return bytes(map(wanted.__getitem__, column))
