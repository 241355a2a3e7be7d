"""Figures of a range of time: from the summaries beside the blocks where these have the answer, else from rows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from nimbus.edge.access_logs import store
from nimbus.edge.access_logs.blocks import (
    MINUTE_MS,
    Column,
    StoredBlock,
    Summed,
    bucket,
    bucket_end,
    empty_sum,
    read_summary,
)
from nimbus.edge.access_logs.days import open_days
from nimbus.edge.access_logs.lines import NOTHING, Place
from nimbus.edge.access_logs.matching import Wanted, mask_of
from nimbus.edge.access_logs.search import blocks_of, opened


class Summaries(NamedTuple):
    """`whole`: nothing was left out when the time was over."""

    summed: list[Summed]
    whole: bool


class Paths(NamedTuple):
    """The paths that were asked for most, without their queries: requests and bytes of each; counted in so many
    requests, the newest."""

    top: list[tuple[str, int, int]]
    counted: int
    whole: bool


def summarise(folder: Path, wanted: Wanted, seconds: float) -> Summaries:
    """By whole minutes: `wanted.since` and `wanted.until` are to be such."""
    if wanted.is_about_places_alone:
        return _from_summaries(folder, wanted)
    return _from_rows(folder, wanted, seconds)


def _from_summaries(folder: Path, wanted: Wanted) -> Summaries:
    least, most = wanted.since // MINUTE_MS, wanted.until // MINUTE_MS
    with open_days(folder) as days:
        return Summaries(
            [
                one
                for day in days
                for packed in store.summaries(day.connection, wanted.since, wanted.until)
                for one in read_summary(packed)
                if least <= one.minute < most
                and wanted.place_is_wanted(Place(one.node_id, one.virtual_host_id, one.workspace_id))
            ],
            True,
        )


def _from_rows(folder: Path, wanted: Wanted, seconds: float) -> Summaries:
    until = time.monotonic() + seconds
    summed: dict[tuple[int, Place], Summed] = {}
    with open_days(folder) as days:
        for number, (day, head) in enumerate(blocks_of(days, wanted)):
            if number and time.monotonic() > until:
                return Summaries(list(summed.values()), False)
            block = opened(day, head)
            mask = mask_of(block, wanted)
            if mask is not None:
                _add(summed, block, mask)
    return Summaries(list(summed.values()), True)


def _add(summed: dict[tuple[int, Place], Summed], block: StoredBlock, mask: bytes) -> None:
    places, statuses = block.codes(Column.PLACE), block.codes(Column.STATUS)
    rows = zip(
        compress(block.numbers(Column.AT), mask),
        compress(places.codes, mask),
        compress(statuses.codes, mask),
        compress(block.numbers(Column.SIZE), mask),
        compress(block.numbers(Column.DURATION), mask),
        strict=True,
    )
    for offset, place_code, status_code, size, duration in rows:
        minute = (block.first + offset) // MINUTE_MS
        place, status = places.values[place_code], statuses.values[status_code]
        one = summed.get((minute, place))
        if one is None:
            one = summed[minute, place] = empty_sum(minute, place)
        one.requests += 1
        one.size += size
        one.classes[status // 100 if 100 <= status < 600 else 0] += 1
        if duration != NOTHING:
            number = bucket(duration)
            one.durations[number] = one.durations.get(number, 0) + 1


def top_paths(folder: Path, wanted: Wanted, most: int, seconds: float) -> Paths:
    until = time.monotonic() + seconds
    requests: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    with open_days(folder) as days:
        for number, (day, head) in enumerate(blocks_of(days, wanted)):
            if number and time.monotonic() > until:
                return _top(requests, sizes, most, whole=False)
            block = opened(day, head)
            mask = mask_of(block, wanted)
            if mask is None:
                continue
            codes = block.codes(Column.URI)
            paths = [uri.partition("?")[0] for uri in codes.values]
            picked = list(compress(codes.codes, mask))
            for code, count in Counter(picked).items():
                requests[paths[code]] += count
            for code, size in zip(picked, compress(block.numbers(Column.SIZE), mask), strict=True):
                sizes[paths[code]] += size
    return _top(requests, sizes, most, whole=True)


def _top(requests: Counter[str], sizes: Counter[str], most: int, *, whole: bool) -> Paths:
    top = [(path, count, sizes[path]) for path, count in requests.most_common(most)]
    return Paths(top, requests.total(), whole)


def quantile(durations: Iterable[tuple[int, int]], share: float) -> float | None:
    """Milliseconds within which this share of the requests ended, to a fifth: from buckets and how many fell into
    each. None: there are none."""
    ordered = sorted(durations)
    rest = share * sum(count for _, count in ordered)
    for number, count in ordered:
        rest -= count
        if rest <= 0 and count:
            return bucket_end(number)
    return bucket_end(ordered[-1][0]) if ordered else None
