"""`build.py test`: what tests lacked is named at the end, and fails the run where everything can be installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.kit import suite

TESTS = """\
import shutil, pytest
@pytest.mark.skipif(shutil.which("no-such-program") is None, reason="no-such-program is not installed")
def test_one(): pass
@pytest.mark.skipif(True, reason="no-such-program is not installed")
def test_two(): pass
@pytest.mark.skipif(True, reason="not for this machine: written for another CPU")
def test_elsewhere(): pass
@pytest.mark.xfail
def test_expected_to_fail(): assert False
def test_passes(): pass
"""


@pytest.fixture
def tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a machine that can install nothing."""
    monkeypatch.setattr(suite, "install", lambda _wanted: None)
    file = tmp_path / "test_left_out.py"
    file.write_text(TESTS, "utf-8")
    return file


def outcome(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *arguments: object, ci: str, user: int
) -> tuple[int, str]:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr("sys.argv", ["build.py test", *map(str, arguments)])
    return suite.main(), capfd.readouterr().out


@pytest.mark.parametrize(("ci", "user"), [("", 0), ("true", 1000)])
def test_what_is_missing_is_named_at_the_end(
    tests: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], ci: str, user: int
) -> None:
    status, said = outcome(monkeypatch, capfd, tests, ci=ci, user=user)
    assert status == 0, said
    *_, head, reason, following = said.splitlines()
    assert head == "LEFT OUT: 2 tests, because this machine lacks what they need"
    assert reason == "     2  no-such-program is not installed"
    assert following.startswith("Next: ")


def test_as_root_in_continuous_integration_it_is_a_failure(
    tests: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    status, said = outcome(monkeypatch, capfd, tests, ci="true", user=0)
    assert status == 1, said
    assert "LEFT OUT: 2 tests" in said
    assert said.endswith("failed: with CI=true as root no test may be left out\n")


def test_a_run_that_leaves_nothing_out_says_nothing(
    tests: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    status, said = outcome(
        monkeypatch, capfd, tests, "-k", "passes or elsewhere or expected", ci="true", user=0
    )
    assert status == 0, said
    assert "LEFT OUT" not in said


def test_what_a_run_says_comes_in_one_piece_and_one_that_failed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "")
    # The run that this test is part of writes there, too.
    monkeypatch.setattr(suite, "OUTPUT", tmp_path / "output")
    words = "print('{0} first', flush=True); print('{0} second', flush=True)"
    commands = {
        name: [sys.executable, "-c", f"{words.format(name)}; raise SystemExit({status})"]
        for name, status in (("fleet", 0), ("journeys", 3), ("people", 0))
    }
    assert suite.at_once(commands) == ["journeys"]
    said = capfd.readouterr().out
    assert all(f"{name} first\n{name} second\n" in said for name in commands)


CHANCE = """\
import pytest
from pathlib import Path
@pytest.mark.parametrize("number", range({count}))
def test_first_time_only(number):
    mark = Path(__file__).with_suffix(f".{{number}}")
    was_there = mark.exists()
    mark.touch()
    assert was_there
def test_passes(): pass
"""
ALWAYS = "def test_always(): assert False\n"


def run_of_pytest(text: str, folder: Path) -> list[str]:
    """With a file of this text, without the project's own settings and conftest."""
    file = folder / "test_chance.py"
    file.write_text(text, "utf-8")
    return [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={folder}", str(file)]


def test_a_test_that_fails_by_chance_runs_again_alone_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite, "OUTPUT", tmp_path / "output")
    assert suite.at_once({"chance": run_of_pytest(CHANCE.format(count=2), tmp_path)}) == []
    said = capfd.readouterr().out
    assert "UNSTABLE: 2 tests failed, and passed when they ran again alone" in said
    assert "test_chance::test_first_time_only[1]" in said.partition("UNSTABLE")[2]
    assert said.count("2 passed, 1 deselected") == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CHANCE.format(count=1) + ALWAYS, id="one of two fails again"),
        pytest.param(CHANCE.format(count=6), id="too many to be chance"),
        pytest.param("import no_such_module\n", id="cannot be read"),
    ],
)
def test_a_test_that_fails_again_fails_the_suite(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite, "OUTPUT", tmp_path / "output")
    assert suite.at_once({"broken": run_of_pytest(text, tmp_path)}) == ["broken"]
    assert "UNSTABLE" not in capfd.readouterr().out
