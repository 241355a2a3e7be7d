"""How often a sign-in may fail: pure, against every order of events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.kernel.errors import RateLimited
from nimbus.people.identity.login_limits import (
    FORGET_AFTER_S,
    FailureLimit,
    LoginLimits,
    delay_after,
    network_of,
)


def wait_of(limits: LoginLimits, account: str, address: str, now: float) -> int:
    """0 when the try was let through; it counts as a failure then."""
    try:
        limits.begin(account, address, now)
    except RateLimited as error:
        return error.retry_after
    return 0


@given(st.integers(0, 10_000), st.integers(0, 100), st.floats(1, 10_000))
def test_delays_grow_and_have_an_end(failures: int, free: int, at_most: float) -> None:
    delay = delay_after(failures, free, at_most)
    assert 0 <= delay <= at_most
    assert (delay == 0) == (failures <= free)
    assert delay <= delay_after(failures + 1, free, at_most)


def test_the_delays_of_one_who_guesses() -> None:
    limit = FailureLimit(free=5, at_most=900)
    now, waits = 0.0, []
    for _ in range(18):
        waits.append(limit.wait("k", now))
        now += waits[-1]
        limit.failed("k", now)
    assert waits == [0] * 6 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["try", "forgive", "take back"]), st.sampled_from("abc"), st.floats(-5000, 5000)
        ),
        max_size=60,
    )
)
def test_nobody_waits_longer_than_the_most_whatever_the_clock_does(
    events: list[tuple[str, str, float]],
) -> None:
    limit = FailureLimit(free=2, at_most=30, capacity=2)
    now = 0.0
    for what, key, by in events:
        now += by
        wait = limit.wait(key, now)
        assert 0 <= wait <= 30
        assert limit.wait(key, now + wait) == 0 or wait == 0
        if what == "try" and wait == 0:
            limit.failed(key, now)
        elif what == "forgive":
            limit.forgive(key)
            assert limit.wait(key, now) == 0
        elif what == "take back":
            limit.take_back(key)
        assert len(limit) <= 2


def test_failures_are_forgotten_after_a_quiet_hour() -> None:
    limit = FailureLimit(free=0, at_most=900)
    for _ in range(20):
        limit.failed("k", 0)
    assert limit.wait("k", 0) == 900
    assert limit.wait("k", FORGET_AFTER_S) == 0
    assert len(limit) == 0


def test_many_at_the_same_time_get_no_more_than_one_after_the_other() -> None:
    limits = LoginLimits()
    waits = [wait_of(limits, "ada", "192.0.2.1", 0) for _ in range(50)]
    assert waits.count(0) == 6


def test_a_success_forgives_the_account_there_but_not_the_address() -> None:
    limits = LoginLimits()
    for number in range(50):
        limits.begin(f"user-{number}", "192.0.2.1", 0)
    for _ in range(200):
        now = 0.0
        limits.begin("mine", "192.0.2.1", now)
        limits.succeeded("mine", "192.0.2.1")
    # One account of one's own does not open the others.
    assert wait_of(limits, "user-1", "192.0.2.1", 0) == 0
    assert wait_of(limits, "user-2", "192.0.2.1", 0) == 1


def test_an_outsider_cannot_lock_the_honest_user_out() -> None:
    limits = LoginLimits()
    limits.begin("ada", "198.51.100.1", 0)
    limits.succeeded("ada", "198.51.100.1")
    for number in range(200):
        wait_of(limits, "ada", f"192.0.2.{number}", 0)
    assert wait_of(limits, "ada", "192.0.2.250", 0) > 0
    # From where they are known: at once. From elsewhere: in half a minute at most.
    assert wait_of(limits, "ada", "198.51.100.1", 0) == 0
    assert wait_of(limits, "ada", "203.0.113.9", 0) <= 30
    assert wait_of(limits, "ada", "203.0.113.9", 30) == 0


def test_the_second_factor_is_limited_from_wherever_it_is_tried() -> None:
    limits = LoginLimits()
    for _ in range(6):
        limits.begin_factor("u", 0)
    with pytest.raises(RateLimited) as caught:
        limits.begin_factor("u", 0)
    assert caught.value.retry_after == 1
    limits.factor_succeeded("u")
    limits.begin_factor("u", 0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("x" * 500, "x" * 64),
    ],
)
def test_an_ipv6_address_counts_as_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
