from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nimbus.http.rate_limits import RateLimit


@given(st.floats(0.1, 100), st.integers(1, 50), st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_never_more_than_the_burst_and_what_was_gained(rate: float, burst: int, gaps: list[float]) -> None:
    limit = RateLimit(rate, burst)
    now, taken = 100.0, 0
    for gap in gaps:
        now += gap
        wait = limit.take("a", now)
        assert wait >= 0
        taken += wait == 0
        assert taken <= burst + rate * (now - 100.0) + 1e-6
        if wait:
            # After the wait that was told there is a token, and not much before.
            other = RateLimit(rate, burst)
            other._buckets = limit._buckets.copy()
            assert other.take("a", now + wait + 1e-6) == 0.0


def test_buckets_are_apart_and_bounded() -> None:
    limit = RateLimit(1, 1, capacity=10)
    assert limit.take("a", 0) == 0
    assert limit.take("a", 0) == 1
    assert limit.take("b", 0) == 0
    for number in range(100):
        limit.take(str(number), 0)
    assert len(limit) == 10


def test_a_clock_that_goes_back_gives_nothing() -> None:
    limit = RateLimit(1, 1)
    assert limit.take("a", 1000) == 0
    assert limit.take("a", 0) > 0
    assert limit.take("a", 0.5) > 0
    assert limit.take("a", 1.6) == 0


def test_no_limit() -> None:
    limit = RateLimit(0, 0)
    assert {limit.take("a", 0) for _ in range(1000)} == {0.0}
    assert len(limit) == 0
