"""Columns for a chart out of stored blocks: pure."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence

from nimbus.fleet.metrics.blocks import (
    AVERAGE,
    LARGEST,
    SMALLEST,
    Block,
    FleetBlock,
    average,
    largest,
    minutes_of,
    smallest,
    value,
)
from nimbus.fleet.metrics.records import METRICS, NODES, UNITS, Points, Series
from nimbus.fleet.metrics.rules import MINUTE_S, RAW_S, WINDOW_SLOTS, Span

Codes = Sequence[int]
# Sums in the fleet, but for these, which are averages over its nodes.
AVERAGED = ("cpu", "load")


class Timeline:
    """Slots of one metric between two moments; what is not known is nothing."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.average, self.smallest, self.largest = (array("H", bytes(2 * span.slots)) for _ in range(3))

    def put(self, start: int, average: Codes, smallest: Codes, largest: Codes) -> None:
        """Slots from `start` on."""
        first = (start - self._span.start) // self._span.resolution
        begin, end = max(0, first), min(self._span.slots, first + len(average))
        if begin < end:
            for line, codes in ((self.average, average), (self.smallest, smallest), (self.largest, largest)):
                line[begin:end] = array("H", codes[begin - first : end - first])

    def series(self, metric: str) -> Series:
        per = self._span.step // self._span.resolution
        if per == 1 and self._span.resolution == RAW_S:
            return Series(
                metric=metric, unit=UNITS[metric], avg=list(map(value, self.average)), min=None, max=None
            )
        return Series(
            metric=metric,
            unit=UNITS[metric],
            avg=[rounded(average(some)) for some in _chunks(self.average, per)],
            min=[value(smallest(some)) for some in _chunks(self.smallest, per)],
            max=[value(largest(some)) for some in _chunks(self.largest, per)],
        )


def _chunks(line: array[int], size: int) -> Iterable[Codes]:
    return (line[first : first + size] for first in range(0, len(line), size))


def node_series(
    span: Span, names: Sequence[str], blocks: Mapping[int, Block], minutes: Mapping[int, Codes]
) -> list[Series]:
    """`blocks` of samples and, where they are rolled up already, `minutes`, each by its beginning."""
    series = []
    for name in names:
        metric, line = METRICS.index(name), Timeline(span)
        for start, codes in minutes.items():
            line.put(start, *(_column(codes, metric * 3 + kind) for kind in (AVERAGE, SMALLEST, LARGEST)))
        for start, block in blocks.items():
            raw = block.column(metric)
            if span.resolution == RAW_S:
                line.put(start, raw, raw, raw)
            else:
                each = list(zip(*minutes_of(raw), strict=True))
                line.put(start, each[AVERAGE], each[SMALLEST], each[LARGEST])
        series.append(line.series(name))
    return series


def _column(codes: Codes, number: int) -> Codes:
    return codes[number * WINDOW_SLOTS : (number + 1) * WINDOW_SLOTS]


def fleet_series(span: Span, names: Sequence[str], blocks: Sequence[FleetBlock]) -> list[Series]:
    """Several blocks of one time are of several workspaces: they are summed up."""
    nodes = _summed(span, blocks, 0)
    series = [_fleet_series(span, NODES, "nodes", nodes)]
    for name in names:
        sums = _summed(span, blocks, 1 + METRICS.index(name))
        if name in AVERAGED:
            sums = [figure / count if count else math.nan for figure, count in zip(sums, nodes, strict=True)]
        series.append(_fleet_series(span, name, UNITS[name], sums))
    return series


def _summed(span: Span, blocks: Sequence[FleetBlock], column: int) -> list[float]:
    """By minute; NaN where nothing is known."""
    line = [math.nan] * span.slots
    for block in blocks:
        first = (block.start - span.start) // MINUTE_S
        figures = block.figures[column * WINDOW_SLOTS : (column + 1) * WINDOW_SLOTS]
        for slot in range(max(0, first), min(span.slots, first + WINDOW_SLOTS)):
            figure = figures[slot - first]
            if not math.isnan(figure):
                known = line[slot]
                line[slot] = figure if math.isnan(known) else known + figure
    return line


def _fleet_series(span: Span, name: str, unit: str, line: Sequence[float]) -> Series:
    per = span.step // span.resolution
    known = [
        [figure for figure in line[first : first + per] if not math.isnan(figure)]
        for first in range(0, len(line), per)
    ]
    return Series(metric=name, unit=unit, avg=_of(known, _mean), min=_of(known, min), max=_of(known, max))


def _of(chunks: Iterable[Sequence[float]], figure: Callable[[Sequence[float]], float]) -> Points:
    return [rounded(figure(some)) if some else None for some in chunks]


def _mean(some: Sequence[float]) -> float:
    return math.fsum(some) / len(some)


def rounded(figure: float | None) -> float | None:
    """Five digits: more are not in what is stored."""
    return None if figure is None else float(f"{figure:.5g}")
