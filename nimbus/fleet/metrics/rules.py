"""Pure decisions of metrics: when a sample was, what may be asked for, rates."""

from __future__ import annotations

import math

import msgspec

from nimbus.protocol.messages import SystemMetrics

RAW_S = 10
MINUTE_S = 60
BLOCK_SLOTS = 60
"""Samples in a block: ten minutes."""
BLOCK_S = BLOCK_SLOTS * RAW_S
WINDOW_SLOTS = 360
"""Minutes in a block of minutes: six hours."""
WINDOW_S = WINDOW_SLOTS * MINUTE_S
KEPT_RAW_S = 24 * 3600
KEPT_MINUTES_S = 30 * 24 * 3600
MAX_POINTS = 1000
DEFAULT_RANGE_S = 3600
# A clock that seems to be off by less than this is not: that is the way of the message. Twice as much has to speak
# for it having moved since.
CLOCK_JITTER_S = 2.0
# Two counters further apart say nothing of a rate.
MAX_RATE_GAP_S = 60.0
LARGEST = 2.0**63


def offset(known: float | None, sent_at: float, now: float) -> float:
    """What to add to a node's times: nothing while its clock is right, and the same as long as it is as wrong as
    before, so that one sample has one time however often it is sent."""
    measured = now - sent_at
    if known is None:
        return 0.0 if abs(measured) < CLOCK_JITTER_S else measured
    return known if abs(measured - known) < 2 * CLOCK_JITTER_S else measured


def moment(at: float, correction: float, now: float) -> float:
    """When a heartbeat's sample was: what cannot be is now."""
    corrected = at + correction
    return corrected if abs(corrected - now) <= 2 * CLOCK_JITTER_S else now


def belated(at: float, correction: float, now: float) -> float | None:
    """As `moment`, of a sample that was kept back; None: of no time that is kept."""
    corrected = at + correction
    return corrected if now - KEPT_RAW_S < corrected <= now + 2 * CLOCK_JITTER_S else None


class Counters(msgspec.Struct, frozen=True):
    """What the network counters were, and when."""

    at: float
    rx: int
    tx: int


def counters_of(at: float, metrics: SystemMetrics) -> Counters:
    return Counters(at, metrics.network_rx_bytes, metrics.network_tx_bytes)


Rates = tuple[float | None, float | None]


def rates(before: Counters | None, after: Counters) -> Rates:
    """Bytes per second received and sent; None where the counters began anew, or nothing can be said."""
    if before is None or not 0 < after.at - before.at <= MAX_RATE_GAP_S:
        return None, None
    return _rate(before.rx, after.rx, after.at - before.at), _rate(before.tx, after.tx, after.at - before.at)


def _rate(before: int, after: int, seconds: float) -> float | None:
    return min(LARGEST, min(after - before, LARGEST) / seconds) if after >= before else None


def values_of(metrics: SystemMetrics, network: Rates) -> tuple[float | None, ...]:
    """In the order of `records.METRICS`; a total of nothing is not known."""
    memory = metrics.memory_used_bytes if metrics.memory_total_bytes else None
    disk = metrics.disk_used_bytes if metrics.disk_total_bytes else None
    return (
        metrics.cpu_percent,
        metrics.load_1m,
        memory,
        metrics.memory_total_bytes or None,
        disk,
        metrics.disk_total_bytes or None,
        *network,
    )


class Span(msgspec.Struct, frozen=True):
    """What a chart shows: `points` steps of `step` seconds from `start` on (a multiple of it), made of slots of
    `resolution` seconds."""

    start: int
    step: int
    points: int
    resolution: int

    @property
    def end(self) -> int:
        return self.start + self.step * self.points

    @property
    def slots(self) -> int:
        return self.step * self.points // self.resolution

    @property
    def timestamps(self) -> list[int]:
        return list(range(self.start, self.end, self.step))


def span(since: float, until: float, step: int, now: float, finest: int = RAW_S) -> Span:
    """What to show of this time with at most `MAX_POINTS` points. What lies further back than anything is kept, or
    in the future, is left out."""
    since = min(max(since, now - KEPT_MINUTES_S), now)
    until = max(min(until, now), since)
    if since < now - KEPT_RAW_S:
        finest = MINUTE_S
    # One point more than asked for may come of the alignment.
    step = max(step, math.ceil((until - since) / (MAX_POINTS - 1)), finest)
    unit = RAW_S if step < MINUTE_S else MINUTE_S
    step = -(-step // unit) * unit
    unit = RAW_S if step < MINUTE_S else MINUTE_S
    start = int(since // step) * step
    points = max(1, math.ceil((until - start) / step))
    return Span(start, step, points, max(finest, unit))


def block_start(at: float) -> int:
    return int(at // BLOCK_S) * BLOCK_S


def window_start(at: float) -> int:
    return int(at // WINDOW_S) * WINDOW_S
