"""The list of what was revoked: whole lines, whatever was cut, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.trust.pki.revocations import Revocation, RevocationList

DAY = 86400
NOW = 1_800_000_000
FIRST, SECOND = Revocation("a1", "n1", NOW + DAY), Revocation("NSkey", "n2", 0)


def loaded(file: Path, now: float = NOW) -> RevocationList:
    found = RevocationList(file)
    found.load(now)
    return found


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "revoked"
    revoked = loaded(file)
    assert not file.exists()
    revoked.add([FIRST])
    revoked.add([FIRST, SECOND])
    revoked.add([])
    assert file.read_text() == f"a1 n1 {NOW + DAY}\nNSkey n2 0\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert loaded(file).listed == {"a1": FIRST, "NSkey": SECOND} == revoked.listed


@pytest.mark.parametrize(
    "tail", ["a2 n", "a2 n1 -5\n", "a2  n1 5\n", "\0\0\0\n", "a2 n1 5 6\n", "\u00e9 n1 5\n"]
)
def test_a_line_that_is_cut_or_damaged_costs_that_line(
    tmp_path: Path, tail: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "revoked"
    loaded(file).add([FIRST])
    with file.open("a") as stream:
        stream.write(tail)
    found = loaded(file)
    assert found.listed == {"a1": FIRST}
    assert "cannot be read" in caplog.text
    found.add([SECOND])
    assert loaded(file).listed == {"a1": FIRST, "NSkey": SECOND}


def test_a_line_that_a_crash_cut_ends_before_the_next(tmp_path: Path) -> None:
    file = tmp_path / "revoked"
    revoked = loaded(file)
    revoked.add([FIRST])
    with file.open("a") as stream:
        stream.write("a2 n1 18000")
    revoked.add([SECOND])
    listed = loaded(file).listed
    assert {name: listed[name] for name in ("a1", "NSkey")} == {"a1": FIRST, "NSkey": SECOND}


def test_what_expired_long_ago_goes_and_a_clock_that_is_off_by_months_takes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "revoked"
    loaded(file).add([FIRST, SECOND])
    assert set(loaded(file, NOW + 300 * DAY).listed) == {"a1", "NSkey"}
    assert set(loaded(file, NOW + 500 * DAY).listed) == {"NSkey"}
    assert file.read_text() == "NSkey n2 0\n"


def test_the_mapping_is_one_for_its_whole_life(tmp_path: Path) -> None:
    revoked = RevocationList(tmp_path / "revoked")
    listed = revoked.listed
    revoked.add([FIRST])
    revoked.load(NOW)
    revoked.load(NOW + 900 * DAY)
    assert revoked.listed is listed
