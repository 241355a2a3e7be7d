"""What is found at a start of what was done to the authority's files."""

from __future__ import annotations

import pytest

from nimbus.fleet.certificate_authority.rules import RETIRED, ROTATED, unrecorded_change


@pytest.mark.parametrize(
    ("newest", "overlaps", "expected"),
    [
        (None, False, ""),
        (None, True, ROTATED),
        ((ROTATED, "new"), True, ""),
        ((ROTATED, "new"), False, RETIRED),
        ((RETIRED, "new"), False, ""),
        ((RETIRED, "old"), True, ROTATED),
        # Of another copy of the folder nothing is known.
        ((ROTATED, "other"), False, ""),
        ((RETIRED, "new"), True, ""),
    ],
)
def test_what_is_not_recorded(newest: tuple[str, str] | None, overlaps: bool, expected: str) -> None:
    assert unrecorded_change(newest, "new", overlaps=overlaps) == expected
