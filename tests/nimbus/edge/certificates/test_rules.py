"""When it is told that a certificate ends."""

from __future__ import annotations

import pytest

from nimbus.edge.certificates.records import State
from nimbus.edge.certificates.rules import DAY_S, state_of, warning_due
from nimbus.kernel.clock import from_seconds

END = from_seconds(1_000 * DAY_S)


def before(days: float) -> int:
    return END - from_seconds(days * DAY_S)


@pytest.mark.parametrize(
    ("days", "warned", "due"),
    [
        (31, None, None),
        (30, None, 30),
        (29, 30, None),
        (14, 30, 14),
        (6, 30, 7),
        (6, 7, None),
        (1, 7, 1),
        (0.5, 1, None),
        (0, 1, 0),
        (-9, 0, None),
        (-9, None, 0),
    ],
)
def test_each_of_the_days_is_told_once(days: float, warned: int | None, due: int | None) -> None:
    assert warning_due(END, before(days), warned) == due


@pytest.mark.parametrize(
    ("days", "state"), [(31, State.VALID), (30, State.EXPIRING), (0.1, State.EXPIRING), (0, State.EXPIRED)]
)
def test_states(days: float, state: State) -> None:
    assert state_of(END, before(days)) == state
