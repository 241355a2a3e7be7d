"""A line of what went on, in few characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nimbus.cli.node_metrics import sparkline


def test_a_line() -> None:
    assert sparkline([0, 25, 50, 75, 100], 100) == "▁▃▅▇█"
    assert sparkline([None, 100, None], 100) == " █ "
    assert sparkline([0, 100, None, None], 100, 2) == "▅ "
    assert sparkline([], 100) == ""
    assert sparkline([0, 0], 0) == "▁▁"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e18)), max_size=1000), st.floats(0, 1e18))
def test_a_line_is_bounded(points: list[float | None], top: float) -> None:
    assert len(sparkline(points, top)) <= 40
