from __future__ import annotations

import datetime

import pytest

from nimbus.cli.moments import moment, moment_ahead
from nimbus.protocol.errors import UsageError

NOW = datetime.datetime(2026, 11, 30, 18, 5, 7, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2h", "2026-11-30T16:05:07Z"),
        ("7d", "2026-11-23T18:05:07Z"),
        ("2w", "2026-11-16T18:05:07Z"),
        ("now", "2026-11-30T18:05:07Z"),
        ("today", "2026-11-30T00:00:00Z"),
        ("Yesterday", "2026-11-29T00:00:00Z"),
        ("2026-11-30", "2026-11-30T00:00:00Z"),
        ("2026-11-30 12:00", "2026-11-30T12:00:00Z"),
        ("2026-11-30T12:00:00Z", "2026-11-30T12:00:00Z"),
        ("2026-11-30T12:00:00+02:00", "2026-11-30T10:00:00Z"),
        ("2026-11-30T12:00:00.000001Z", "2026-11-30T12:00:00.000001Z"),
    ],
)
def test_times_as_people_write_them(text: str, means: str) -> None:
    assert moment(text, "--since", now=NOW) == means


@pytest.mark.parametrize(
    "text", ["", "soon", "2h ago", "-2h", "2026-13-01", "２h", "999999999w", "0001-01-01T00:00:00+05:00"]
)
def test_what_is_no_time_names_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match="--since"):
        moment(text, "--since", now=NOW)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2h", "2026-11-30T20:05:07Z"),
        ("7d", "2026-12-07T18:05:07Z"),
        ("tomorrow", "2026-12-01T00:00:00Z"),
        ("2026-12-24", "2026-12-24T00:00:00Z"),
    ],
)
def test_what_ends_is_ahead(text: str, means: str) -> None:
    assert moment_ahead(text, "--until", now=NOW) == means


@pytest.mark.parametrize("text", ["", "soon", "now", "yesterday", "0s", "2026-11-30", "999999999w"])
def test_nothing_ends_in_the_past(text: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        moment_ahead(text, "--until", now=NOW)


def test_none_stays() -> None:
    assert moment(None, "--since") is None
