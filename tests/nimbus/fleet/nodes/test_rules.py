"""Rules of nodes."""

from __future__ import annotations

import msgspec
import pytest

from nimbus.fleet.nodes.records import NodeState
from nimbus.fleet.nodes.rules import MAX_ENTRIES, MAX_TEXT, is_overdue, kept_of, state_after_heartbeat
from nimbus.protocol.messages import HealthCheck
from tests.kit.records import heartbeat


@pytest.mark.parametrize(
    ("healthy", "state"),
    [((), NodeState.ONLINE), ((True, True), NodeState.ONLINE), ((True, False), NodeState.DEGRADED)],
)
def test_the_state_follows_from_the_checks(healthy: tuple[bool, ...], state: NodeState) -> None:
    assert state_after_heartbeat(tuple(HealthCheck("c", each) for each in healthy)) is state


def test_a_node_is_overdue_after_three_intervals_and_not_before() -> None:
    assert not is_overdue(0, 30, 10)
    assert is_overdue(0, 30.001, 10)


def test_an_honest_heartbeat_is_kept_whole() -> None:
    beat = heartbeat(checks=(HealthCheck("mesh", False, "down"),), alerts=("hot",), applied={"mesh": 7})
    kept = kept_of(beat)
    assert (kept.metrics, kept.checks, kept.alerts) == (beat.metrics, beat.checks, beat.alerts)
    assert kept.applied == {"mesh": 7}


def test_a_node_that_says_too_much_is_cut_short() -> None:
    huge = "x" * 10_000
    beat = heartbeat(
        checks=tuple(HealthCheck(huge, True, huge) for _ in range(1000)),
        alerts=(huge,) * 1000,
        applied={f"{number}-{huge}": number for number in range(1000)},
    )
    kept = kept_of(beat)
    assert len(msgspec.json.encode(kept)) < 4 * MAX_ENTRIES * (MAX_TEXT + 50)
    assert len(kept.checks) == len(kept.alerts) == MAX_ENTRIES
