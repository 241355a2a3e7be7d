"""The replay window against a set that remembers everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nimbus.fleet.nodes.credentials.replay import WINDOW, ReplayWindow

near = st.integers(1, 3 * WINDOW)
counters = st.lists(st.one_of(near, near.map(lambda n: n + 2**40), st.integers(1, 2**63 - 1)), max_size=60)


@given(counters)
def test_each_counter_counts_once_and_none_from_too_far_back(given_counters: list[int]) -> None:
    window, seen, newest = ReplayWindow(), set[int](), 0
    for counter in given_counters:
        expected = counter not in seen and counter > newest - WINDOW
        assert window.accept(counter) is expected
        if expected:
            seen.add(counter)
            newest = max(newest, counter)
        assert window.newest == newest


def test_its_edges() -> None:
    window = ReplayWindow()
    assert window.accept(1000)
    assert not window.accept(1000)
    assert window.accept(1000 - WINDOW + 1)
    assert not window.accept(1000 - WINDOW)
    assert window.accept(1000 + WINDOW)
    # The jump pushed everything out of the window.
    assert not window.accept(1000)
    assert window.accept(1001)


def test_it_stays_small() -> None:
    window = ReplayWindow()
    for counter in range(1, 10_000, 3):
        assert window.accept(counter)
    assert window._seen.bit_length() <= WINDOW
