"""Blocks: some thousand requests as packed columns, with what a traffic page needs summed up beside them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

from nimbus.edge.access_logs.columns import (
    LEVEL,
    Codes,
    pack_numbers,
    pack_values,
    unpack_numbers,
    unpack_values,
)
from nimbus.edge.access_logs.lines import NO_ID, NOTHING, Entry, Place

# A block is not merged any further when it has so many rows.
FULL_ROWS = 8192
MINUTE_MS = 60_000
BUCKETS = 48


class Column(IntEnum):
    """In the order of `Entry`. Numbers are stored: new columns come at the end."""

    AT = 0
    PLACE = 1
    CLIENT = 2
    METHOD = 3
    URI = 4
    PROTOCOL = 5
    HOST = 6
    STATUS = 7
    SIZE = 8
    DURATION = 9
    UPSTREAM = 10
    UPSTREAM_TIME = 11
    USER_AGENT = 12
    REFERER = 13
    REQUEST_ID = 14
    RAW = 15


_NUMBERS = frozenset({Column.SIZE, Column.DURATION, Column.UPSTREAM_TIME})


class Block(NamedTuple):
    """`first` and `last`: of its requests, milliseconds since the Unix epoch."""

    rows: int
    first: int
    last: int
    columns: tuple[bytes, ...]
    summary: bytes


class Summed(msgspec.Struct, array_like=True, gc=False):
    """Requests of one virtual host through one node in one minute (since the epoch). `classes`: those of status
    1xx to 5xx by number, at 0 all others. `durations`: how many fell into each bucket (`bucket_end`)."""

    minute: int
    node_id: str
    virtual_host_id: str
    workspace_id: str
    requests: int
    size: int
    classes: list[int]
    durations: dict[int, int]


_encode_summary = msgspec.msgpack.Encoder().encode
_decode_summary = msgspec.msgpack.Decoder(list[Summed]).decode


def bucket(duration_ms: int) -> int:
    """Two buckets for each doubling: right to a fifth."""
    return min(BUCKETS - 1, int(2 * math.log2(duration_ms + 1)))


def bucket_end(number: int) -> float:
    """The longest duration of a bucket, in milliseconds."""
    return float(2 ** ((number + 1) / 2) - 1)


def block_of(entries: Sequence[Entry], level: int = LEVEL) -> Block:
    """At least one entry."""
    return block_of_columns([list(column) for column in zip(*entries, strict=True)], level)


def block_of_columns(columns: list[list[Any]], level: int = LEVEL) -> Block:
    """In the order of `Column`."""
    at: list[int] = columns[Column.AT]
    first = min(at)
    packed = [b""] * len(Column)
    for number in Column:
        column = columns[number]
        if number is Column.AT:
            packed[number] = pack_numbers([moment - first for moment in column], level)
        elif number is Column.REQUEST_ID:
            packed[number] = b"" if set(column) == {NO_ID} else b"".join(column)
        elif number in _NUMBERS:
            packed[number] = pack_numbers(column, level)
        else:
            packed[number] = pack_values(column, level)
    return Block(len(at), first, max(at), tuple(packed), _summary(columns))


def _summary(columns: list[list[Any]]) -> bytes:
    minutes = [at // MINUTE_MS for at in columns[Column.AT]]
    places: list[Place] = columns[Column.PLACE]
    durations = columns[Column.DURATION]
    bucket_of = {duration: -1 if duration == NOTHING else bucket(duration) for duration in set(durations)}
    class_of = {status: status // 100 if 100 <= status < 600 else 0 for status in set(columns[Column.STATUS])}
    counted = Counter(
        zip(
            minutes,
            places,
            map(class_of.__getitem__, columns[Column.STATUS]),
            map(bucket_of.__getitem__, durations),
            strict=True,
        )
    )
    summed: dict[tuple[int, Place], Summed] = {}
    for (minute, place, status_class, number), requests in counted.items():
        one = summed.get((minute, place))
        if one is None:
            one = summed[minute, place] = empty_sum(minute, place)
        one.requests += requests
        one.classes[status_class] += requests
        if number >= 0:
            one.durations[number] = one.durations.get(number, 0) + requests
    for minute, place, size in zip(minutes, places, columns[Column.SIZE], strict=True):
        summed[minute, place].size += size
    return _encode_summary(list(summed.values()))


def empty_sum(minute: int, place: Place) -> Summed:
    return Summed(minute, place.node_id, place.virtual_host_id, place.workspace_id, 0, 0, [0] * 6, {})


def read_summary(packed: bytes) -> list[Summed]:
    return _decode_summary(packed)


class StoredBlock:
    """A block that is read column by column. `number` is that of its first row in its day; `load` gives the packed
    column of a number."""

    __slots__ = ("_codes", "_load", "_numbers", "day", "first", "last", "number", "rows")

    def __init__(
        self, day: int, number: int, rows: int, first: int, last: int, load: Callable[[int], bytes]
    ) -> None:
        self.day, self.number, self.rows, self.first, self.last = day, number, rows, first, last
        self._load = load
        self._codes: dict[int, Codes] = {}
        self._numbers: dict[int, Sequence[int]] = {}

    def codes(self, column: Column) -> Codes:
        """Of a column that is a dictionary; places as `Place`."""
        found = self._codes.get(column)
        if found is None:
            found = unpack_values(self._load(column), self.rows)
            if column is Column.PLACE:
                found = Codes([Place(*value) for value in found.values], found.codes)
            self._codes[column] = found
        return found

    def numbers(self, column: Column) -> Sequence[int]:
        """Of a column of numbers; AT in milliseconds after `first`."""
        found = self._numbers.get(column)
        if found is None:
            found = self._numbers[column] = unpack_numbers(self._load(column))
        return found

    def column(self, column: Column) -> list[Any]:
        """All its values, as in `Entry`."""
        if column is Column.AT:
            return [self.first + offset for offset in self.numbers(column)]
        if column is Column.REQUEST_ID:
            ids = self._load(column)
            if not ids:
                return [NO_ID] * self.rows
            return [ids[start : start + 16] for start in range(0, 16 * self.rows, 16)]
        if column in _NUMBERS:
            return list(self.numbers(column))
        return self.codes(column).column()

    def entry(self, row: int) -> Entry:
        """One of its rows: what it takes to read a whole column is not done."""
        return Entry(*(self._value(column, row) for column in Column))

    def _value(self, column: Column, row: int) -> Any:
        if column is Column.AT:
            return self.first + self.numbers(column)[row]
        if column is Column.REQUEST_ID:
            return self._load(column)[16 * row : 16 * row + 16] or NO_ID
        if column in _NUMBERS:
            return self.numbers(column)[row]
        codes = self.codes(column)
        return codes.values[codes.codes[row]]


def merged(blocks: Sequence[StoredBlock], level: int = LEVEL) -> Block:
    """One block of several that follow each other."""
    columns: list[list[Any]] = [[] for _ in Column]
    for one in blocks:
        for column in Column:
            columns[column].extend(one.column(column))
    return block_of_columns(columns, level)
