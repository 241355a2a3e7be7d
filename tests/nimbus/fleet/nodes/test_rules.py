"""Rules of nodes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from nimbus.fleet.nodes.records import KnownCertificate, NodeState, ShownCertificate, Standing
from nimbus.fleet.nodes.rules import (
    MAX_ENTRIES,
    MAX_TEXT,
    is_outdated,
    is_overdue,
    kept_of,
    load_of,
    standing_of,
    state_after_heartbeat,
)
from nimbus.protocol.messages import HealthCheck, SystemMetrics
from tests.kit import records
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


NODE = records.node("n", "w", overlay_ip="10.0.0.5")
SHOWN = ShownCertificate(serial="s", node_id="n", issued_at=100, expires_at=900, source="10.0.0.5")


def certificate(**fields: Any) -> KnownCertificate:
    return KnownCertificate(**{"serial": "s", "node_id": "n", "expires_at": 900, "revoked": False, **fields})


@pytest.mark.parametrize(
    ("standing", "given"),
    [
        (Standing.GOOD, {"row": certificate()}),
        # What is stored decides, whatever else is true.
        (Standing.GOOD, {"row": certificate(), "newest": 10_000}),
        (Standing.REVOKED, {"row": certificate(revoked=True)}),
        (Standing.REVOKED, {"row": certificate(node_id="another")}),
        (Standing.REVOKED, {"row": certificate(), "node": None, "deleted": True}),
        (Standing.REVOKED, {"node": None, "deleted": True}),
        (Standing.UNKNOWN, {"node": None}),
        (Standing.LOST, {"newest": 99}),
        (Standing.LOST, {"newest": 0}),
        # Something that is stored was issued after it, and took its place.
        (Standing.UNKNOWN, {"newest": 100}),
        (Standing.UNKNOWN, {"newest": 101}),
        (Standing.UNKNOWN, {"node": msgspec.structs.replace(NODE, auth="session-key")}),
        (Standing.LOST, {"shown": msgspec.structs.replace(SHOWN, in_mesh=True)}),
        (Standing.UNKNOWN, {"shown": msgspec.structs.replace(SHOWN, in_mesh=True, source="10.0.0.6")}),
        (Standing.LOST, {"shown": msgspec.structs.replace(SHOWN, source="192.0.2.1")}),
    ],
)
def test_what_a_certificate_of_ours_is_worth(standing: Standing, given: dict[str, Any]) -> None:
    given = {"shown": SHOWN, "row": None, "node": NODE, "deleted": False, "newest": 50, **given}
    assert standing_of(given.pop("shown"), **given) is standing


@pytest.mark.parametrize(
    ("version", "present", "older"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.0.9", "0.1.0", True),
        ("0.9.0", "0.10.0", True),
        ("0.10.0", "0.9.0", False),
        ("1.0.0-rc.1", "1.0.0", True),
        ("1.0.0", "1.0.0-rc.1", False),
        ("1.0.0+build", "1.0.0", False),
        ("", "0.1.0", False),
        ("no version", "0.1.0", False),
        ("9" * 400 + ".1.1", "0.1.0", False),
    ],
)
def test_which_agents_are_outdated(version: str, present: str, older: bool) -> None:
    assert is_outdated(version, present) is older


def test_load_that_was_not_measured_is_not_nothing() -> None:
    assert load_of(SystemMetrics()) == (None, None, None)
    measured = SystemMetrics(cpu_percent=0.0, memory_used_bytes=1, memory_total_bytes=4)
    assert load_of(measured) == (0.0, 25.0, None)
