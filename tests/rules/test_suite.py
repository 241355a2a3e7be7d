"""`build.py test` leaves nothing out: each file of tests is in one of its runs."""

from __future__ import annotations

from pathlib import Path

from tests.kit.suite import PROJECT, pytest_commands

FILES = [file.relative_to(PROJECT) for file in sorted((PROJECT / "tests").rglob("test_*.py"))]


def collected(command: list[str]) -> set[Path]:
    """The files of a command of paths below tests/, without those that it ignores."""
    ignored = [Path(word.removeprefix("--ignore=")) for word in command if word.startswith("--ignore=")]
    wanted = [Path(word) for word in command if word.startswith("tests")]
    assert all((PROJECT / path).exists() for path in (*ignored, *wanted)), command
    return {
        file
        for file in FILES
        if any(file.is_relative_to(path) for path in wanted)
        and not any(file.is_relative_to(path) for path in ignored)
    }


def test_each_file_is_in_one_run_on_sqlite() -> None:
    commands = list(pytest_commands([]).values())
    runs = [collected(command) for command in commands if "postgresql" not in command]
    second = set().union(*(collected(command) for command in commands if "postgresql" in command))
    own = {file for file in FILES if file.is_relative_to("tests/nimbus/db/postgresql")}
    assert sum(map(len, runs)) == len(set().union(*runs))
    assert set().union(*runs) == set(FILES) - own
    assert own < second


def test_what_stores_something_is_tested_on_both_engines() -> None:
    commands = pytest_commands([]).values()
    second = set().union(*(collected(command) for command in commands if "postgresql" in command))
    stores = {file.relative_to(PROJECT).parent for file in (PROJECT / "nimbus").rglob("store.py")}
    folders = [Path("tests") / store for store in stores if (PROJECT / "tests" / store).is_dir()]
    assert folders
    assert [
        file for file in FILES for folder in folders if file.parent == folder and file not in second
    ] == []
