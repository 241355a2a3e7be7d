"""Looking for requests in the days' files. Blocking, bounded by a deadline: what it comes to then is said."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from nimbus.edge.access_logs import store
from nimbus.edge.access_logs.blocks import Column, StoredBlock
from nimbus.edge.access_logs.days import Day, open_days
from nimbus.edge.access_logs.lines import Entry
from nimbus.edge.access_logs.matching import Wanted, mask_of
from nimbus.edge.access_logs.store import BlockHead

# Of a day: 800 million rows in full blocks.
MOST_BLOCKS = 100_000


class RowKey(NamedTuple):
    """Where a row stands among all: its time (milliseconds), the day on which it came, its number in that."""

    at: int
    day: int
    row: int


class Arrived(NamedTuple):
    """How far one has read, in the order in which rows came."""

    day: int
    row: int


class Found(NamedTuple):
    """Newest first. `next` None: there are no more; else the next page is what lies before it."""

    rows: list[tuple[RowKey, Entry]]
    next: RowKey | None


def blocks_of(days: Sequence[Day], wanted: Wanted) -> list[tuple[Day, BlockHead]]:
    """Those that may have rows that are wanted, the newest first."""
    found = [
        (day, head)
        for day in days
        for head in store.heads(day.connection, wanted.since, wanted.until, MOST_BLOCKS)
    ]
    found.sort(key=lambda one: (one[1].last, one[0].number, one[1].number), reverse=True)
    return found


def opened(day: Day, head: BlockHead) -> StoredBlock:
    return store.block(day.connection, day.number, head)


def search(folder: Path, wanted: Wanted, limit: int, before: RowKey | None, seconds: float) -> Found:
    """At most `limit` rows, of those before a row. Fewer when the time is over."""
    until = time.monotonic() + seconds
    kept: list[tuple[RowKey, StoredBlock]] = []
    with open_days(folder) as days:
        heads = blocks_of(days, wanted)
        for number, (day, head) in enumerate(heads):
            if before is not None and head.first > before.at:
                continue
            if len(kept) > limit and head.last < kept[-1][0].at:
                return _page(kept, limit)
            if number and time.monotonic() > until:
                return _so_far(kept, limit, head.last)
            block = opened(day, head)
            more = [(key, block) for key in _keys(block, wanted, before, limit + 1)]
            if more:
                kept = heapq.nlargest(limit + 1, [*kept, *more], key=lambda one: one[0])
        return _page(kept, limit)


def _page(kept: Sequence[tuple[RowKey, StoredBlock]], limit: int) -> Found:
    rows = [(key, block.entry(key.row - block.number)) for key, block in kept[:limit]]
    return Found(rows, rows[-1][0] if len(kept) > limit else None)


def _so_far(kept: Sequence[tuple[RowKey, StoredBlock]], limit: int, unread: int) -> Found:
    """What is newer than all that was not looked at."""
    sure = [one for one in kept if one[0].at > unread]
    if len(sure) > limit:
        return _page(sure, limit)
    return Found(_page(sure, limit).rows, RowKey(unread + 1, 0, 0))


def _keys(block: StoredBlock, wanted: Wanted, before: RowKey | None, most: int) -> list[RowKey]:
    mask = mask_of(block, wanted)
    if mask is None:
        return []
    offsets = block.numbers(Column.AT)
    keys = (
        RowKey(block.first + offsets[row], block.day, block.number + row)
        for row in compress(range(block.rows), mask)
    )
    return heapq.nlargest(most, (key for key in keys if before is None or key < before))


def newest_arrival(folder: Path) -> Arrived:
    """After everything that has come so far."""
    with open_days(folder) as days:
        for day in days:
            return Arrived(day.number, store.next_number(day.connection) - 1)
    return Arrived(0, -1)


def arrived_after(
    folder: Path, wanted: Wanted, limit: int, after: Arrived
) -> tuple[list[tuple[RowKey, Entry]], Arrived]:
    """Rows that came after one, in that order, and how far that is."""
    rows: list[tuple[RowKey, Entry]] = []
    reached = after
    with open_days(folder) as days:
        for block in _blocks_after(days, after):
            least = after.row + 1 - block.number if block.day == after.day else 0
            mask = mask_of(block, wanted) or bytes(block.rows)
            offsets = block.numbers(Column.AT)
            for row in range(max(0, least), block.rows):
                if mask[row]:
                    if len(rows) == limit:
                        return rows, reached
                    key = RowKey(block.first + offsets[row], block.day, block.number + row)
                    rows.append((key, block.entry(row)))
                reached = Arrived(block.day, block.number + row)
    return rows, reached


def _blocks_after(days: Sequence[Day], after: Arrived) -> Iterator[StoredBlock]:
    for day in reversed(days):
        if day.number >= after.day:
            number = after.row if day.number == after.day else -1
            for head in store.heads_after(day.connection, number):
                yield opened(day, head)
