"""Columns for a chart out of stored blocks. Pure; times are Unix seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from nimbus.fleet.mesh.history.blocks import COARSE, FINE, Figure, Grain, together
from nimbus.fleet.mesh.history.records import HistoryWay, Points

MAX_POINTS = 1000
DEFAULT_RANGE_S = 24 * 3600
Figures = Mapping[int, Figure]
"""By the beginning of their step."""


class Span(msgspec.Struct, frozen=True):
    """`points` steps of `step` seconds from `start` on (a multiple of it), made of those of `grain`."""

    start: int
    step: int
    points: int
    grain: Grain

    @property
    def end(self) -> int:
        return self.start + self.step * self.points

    @property
    def timestamps(self) -> list[int]:
        return list(range(self.start, self.end, self.step))


def span(since: float, until: float, step: int, now: float) -> Span:
    """What to show of this time with at most `MAX_POINTS` points. What lies further back than anything is kept, or
    in the future, is left out."""
    since = min(max(since, now - COARSE.kept_s), now)
    until = max(min(until, now), since)
    # Whoever asks for the last day has asked a moment ago.
    grain = FINE if since >= now - FINE.kept_s - FINE.step_s else COARSE
    step = max(step, math.ceil((until - since) / (MAX_POINTS - 1)), grain.step_s)
    step = -(-step // grain.step_s) * grain.step_s
    start = int(since // step) * step
    return Span(start, step, max(1, math.ceil((until - start) / step)), grain)


def figures_of(grain: Grain, fine: Figures, coarse: Figures, owned_since: float) -> dict[int, Figure]:
    """All that is known for a chart of this grain: steps, or hours with the steps of those that are not made yet.
    Nothing of before `owned_since`: that was another's, at this address."""
    hours = coarse if grain == COARSE else {}
    made = {at: figure for at, figure in hours.items() if at >= owned_since}
    steps = {
        at: figure
        for at, figure in fine.items()
        if at + FINE.step_s > owned_since and COARSE.step_start(at) not in made
    }
    return made | steps


def way(span: Span, from_: str, to: str, figures: Figures) -> HistoryWay:
    steps: dict[int, list[Figure]] = {}
    for at, figure in figures.items():
        if span.start <= at < span.end:
            steps.setdefault((at - span.start) // span.step, []).append(figure)
    sums = [together(steps.get(number, ())) for number in range(span.points)]
    trips: Points = [_digits(each.rtt_ms) if each else None for each in sums]
    loss: Points = [_digits(100 * each.lost / each.sent) if each else None for each in sums]
    return HistoryWay(
        from_=from_, to=to, rtt_ms=trips, loss_percent=loss, sent=[each.sent if each else 0 for each in sums]
    )


def _digits(value: float | None) -> float | None:
    """Three: more are not in what is stored."""
    return None if value is None else float(f"{value:.3g}")


def summed_up(figures: Figures, since: float) -> tuple[Figure, float | None, float | None] | None:
    """Of all steps from then on: together, the shortest mean round trip and the longest; None of none."""
    some = [figure for at, figure in figures.items() if at + FINE.step_s > since]
    whole = together(some)
    if whole is None:
        return None
    trips = [figure.rtt_ms for figure in some if figure.rtt_ms is not None]
    return whole, min(trips, default=None), max(trips, default=None)
