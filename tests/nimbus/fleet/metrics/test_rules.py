"""What a sample's time is, what a chart spans, rates."""

from __future__ import annotations

import math

from hypothesis import example, given
from hypothesis import strategies as st

from nimbus.fleet.metrics.rules import (
    CLOCK_JITTER_S,
    KEPT_MINUTES_S,
    KEPT_RAW_S,
    MAX_POINTS,
    MINUTE_S,
    RAW_S,
    Counters,
    belated,
    moment,
    offset,
    rates,
    span,
    values_of,
)
from nimbus.protocol.messages import SystemMetrics

NOW = 1_795_755_600.0
moments = st.floats(0, 4e9)
clocks = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(sent_at=clocks, known=st.one_of(st.none(), clocks))
def test_a_heartbeat_is_of_now_whatever_its_clock_says(sent_at: float, known: float | None) -> None:
    assert abs(moment(sent_at, offset(known, sent_at, NOW), NOW) - NOW) <= 2 * CLOCK_JITTER_S


@given(at=clocks, sent_at=clocks)
def test_a_belated_sample_is_of_a_time_that_is_kept(at: float, sent_at: float) -> None:
    found = belated(at, offset(None, sent_at, NOW), NOW)
    assert found is None or NOW - KEPT_RAW_S < found <= NOW + 2 * CLOCK_JITTER_S


@given(skew=st.floats(-1e6, 1e6), way=st.floats(0, 1.5), age=st.floats(0, KEPT_RAW_S - 10))
def test_the_same_sample_has_the_same_time_when_it_comes_again(skew: float, way: float, age: float) -> None:
    """Said in time (the answer was lost), and again among what was kept back."""
    first = NOW - age
    said = first + skew
    correction = offset(None, said, first)
    live = moment(said, correction, first)
    again = offset(correction, NOW + skew - way, NOW)
    assert again == correction
    assert belated(said, again, NOW) == live


def test_a_clock_that_is_right_is_not_corrected() -> None:
    assert offset(None, NOW - 0.4, NOW) == 0
    assert offset(0.0, NOW - 100, NOW) == 100
    assert offset(100.0, NOW - 101, NOW) == 100


@given(
    since=clocks,
    length=st.floats(1, 1e10),
    step=st.integers(0, 86_400),
    finest=st.sampled_from([RAW_S, MINUTE_S]),
)
@example(since=NOW - 3600, length=1.0, step=MINUTE_S - 9, finest=RAW_S)
def test_a_span_is_bounded_and_aligned(since: float, length: float, step: int, finest: int) -> None:
    found = span(since, since + length, step, NOW, finest)
    assert 1 <= found.points <= MAX_POINTS
    assert len(found.timestamps) == found.points
    assert found.start % found.step == 0
    assert found.step % found.resolution == 0
    assert found.step >= max(step, finest)
    assert found.resolution == (RAW_S if found.step < MINUTE_S else MINUTE_S)
    assert found.start > NOW - KEPT_MINUTES_S - found.step
    assert found.start <= NOW
    assert found.end < NOW + 2 * found.step
    if found.start < NOW - KEPT_RAW_S - found.step:
        assert found.resolution == MINUTE_S


def test_a_span_is_as_fine_as_it_may_be() -> None:
    assert span(NOW - 3600, NOW, 0, NOW).step == RAW_S
    assert span(NOW - 24 * 3600, NOW, 0, NOW).step == 120
    assert span(NOW - 30 * 24 * 3600, NOW, 0, NOW).step == 44 * 60
    assert span(NOW - 3600, NOW, 0, NOW, MINUTE_S).step == MINUTE_S
    assert span(NOW - 3600, NOW, 61, NOW).step == 120
    # What lies in between is there to its end.
    found = span(NOW - 3600, NOW - 5, 0, NOW)
    assert found.end >= NOW - 5


@given(
    before=st.one_of(st.none(), st.tuples(moments, st.integers(0, 2**63), st.integers(0, 2**63))),
    after=st.tuples(moments, st.integers(0, 2**70), st.integers(0, 2**70)),
)
@example(before=(0.0, 0, 0), after=(1e-308, 0, 2))
def test_rates_are_never_negative(
    before: tuple[float, int, int] | None, after: tuple[float, int, int]
) -> None:
    for rate in rates(Counters(*before) if before else None, Counters(*after)):
        assert rate is None or (rate >= 0 and math.isfinite(rate))


def test_rates() -> None:
    first = Counters(NOW, 1000, 5000)
    assert rates(first, Counters(NOW + 10, 2000, 5000)) == (100, 0)
    assert rates(first, Counters(NOW + 10, 10, 6000)) == (None, 100), "the machine has started anew"
    assert rates(first, Counters(NOW, 2000, 6000)) == (None, None)
    assert rates(first, Counters(NOW + 61, 2000, 6000)) == (None, None), "too long ago"
    assert rates(None, first) == (None, None)


def test_what_has_no_total_is_not_known() -> None:
    assert values_of(SystemMetrics(cpu_percent=5, load_1m=1), (None, 3.0)) == (
        5,
        1,
        None,
        None,
        None,
        None,
        None,
        3.0,
    )
