"""A copy in the place of the database: whole, checked, with a generation of its own, or nothing is changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.db.generation import (
    JUMP,
    Watermark,
    begin_generation,
    ensure_generation,
    generation,
    is_behind,
    watermark,
)
from nimbus.db.migration import DatabaseTooNew, DatabaseUnusable
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate
from nimbus.db.sqlite.restore import restore
from nimbus.db.sqlite.sessions import SqliteSession
from tests.kit.agent_state import small_disk
from tests.kit.clock import SettableClock
from tests.kit.database import store

pytestmark = pytest.mark.sqlite

CLOCK = SettableClock()


def add(path: Path, name: str) -> None:
    write_once(
        path,
        lambda tx: tx.execute(
            "INSERT INTO organizations (id, name, created_at) VALUES (?, ?, 0)", (name, name)
        ),
    )


def names(path: Path) -> list[str]:
    connection = connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT name FROM organizations ORDER BY name")]
    finally:
        connection.close()


def database_with(path: Path, *organizations: str) -> Path:
    migrate(path, CLOCK)
    write_once(path, ensure_generation)
    for name in organizations:
        add(path, name)
    return path


def marked(path: Path) -> Watermark:
    connection = connect(path)
    try:
        found = watermark(Transaction(SqliteSession(connection)))
    finally:
        connection.close()
    assert found is not None
    return found


def test_a_copy_takes_the_place_and_begins_a_generation(tmp_path: Path) -> None:
    database = database_with(tmp_path / "nimbus.db", "old")
    copy = tmp_path / "backup.db"
    shutil.copy(database, copy)
    add(database, "new")
    done = restore(copy, database, CLOCK, stamp="s", reached=None)
    assert names(database) == ["old"]
    assert done.generation.number == 2
    assert done.set_aside == tmp_path / "nimbus.db.before-restore-s"
    assert names(done.set_aside) == ["new", "old"]
    assert names(copy) == ["old"], "the copy stays as it is"
    assert not is_behind(marked(database), marked(done.set_aside))
    assert database.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "backup.db",
        "nimbus.db",
        "nimbus.db.before-restore-s",
    ]


def test_what_waits_in_the_log_of_either_is_not_lost(tmp_path: Path) -> None:
    """The process that wrote was killed: both have a write-ahead log with changes that are nowhere else."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    database, source = database_with(tmp_path / "a/nimbus.db"), database_with(tmp_path / "b/nimbus.db")
    holders = []
    for path, name in ((database, "present"), (source, "copied")):
        holder = connect(path)
        holder.execute("INSERT INTO organizations (id, name, created_at) VALUES (?, ?, 0)", (name, name))
        holders.append(holder)
    copy = tmp_path / "copy.db"
    for part in ("", "-wal"):
        shutil.copy(str(source) + part, str(copy) + part)
    for part in ("", "-wal"):
        shutil.copy(str(database) + part, str(tmp_path / "nimbus.db") + part)
    for holder in holders:
        holder.close()
    done = restore(copy, tmp_path / "nimbus.db", CLOCK, stamp="s", reached=None)
    assert names(tmp_path / "nimbus.db") == ["copied"]
    assert done.set_aside is not None
    assert names(done.set_aside) == ["present"]


@pytest.mark.parametrize("kind", ["letter", "empty", "other", "cut", "flipped", "folder-missing"])
def test_what_cannot_be_served_changes_nothing(tmp_path: Path, kind: str) -> None:
    database = database_with(tmp_path / "nimbus.db", "present")
    copy = database_with(tmp_path / "copy.db", *(f"o{number}" for number in range(300)))
    content = bytearray(copy.read_bytes())
    if kind == "letter":
        copy.write_bytes(b"this is a letter to my aunt" * 200)
    elif kind == "empty":
        copy.write_bytes(b"")
    elif kind == "other":
        copy.unlink()
        other = sqlite3.connect(copy)
        other.execute("CREATE TABLE t (x)")
        other.close()
    elif kind == "cut":
        copy.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        for at in range(8192, len(content), 4096):
            content[at : at + 64] = b"\xff" * 64
        copy.write_bytes(content)
    else:
        copy = tmp_path / "nowhere" / "copy.db"
    before = database.read_bytes()
    with pytest.raises(DatabaseUnusable) as caught:
        restore(copy, database, CLOCK, stamp="s", reached=None)
    assert "Nothing was changed" in caught.value.line()
    assert "\n" not in caught.value.line()
    assert database.read_bytes() == before
    assert not [file for file in tmp_path.iterdir() if "restor" in file.name]


def test_a_copy_whose_keys_are_missing_changes_nothing(tmp_path: Path) -> None:
    database, copy = (
        database_with(tmp_path / "nimbus.db", "present"),
        database_with(tmp_path / "copy.db", "copied"),
    )

    def check(_tx: Transaction) -> None:
        raise RuntimeError("no key")

    with pytest.raises(RuntimeError):
        restore(copy, database, CLOCK, stamp="s", reached=None, check=check)
    assert names(database) == ["present"]
    assert not list(tmp_path.glob("*restor*"))


def test_a_database_that_cannot_be_read_is_what_one_restores_for(tmp_path: Path) -> None:
    database, copy = tmp_path / "nimbus.db", database_with(tmp_path / "copy.db", "copied")
    database.write_bytes(b"rubbish" * 1000)
    reached = Watermark(marked(copy).lineage, 7, 10)
    done = restore(copy, database, CLOCK, stamp="s", reached=reached)
    assert done.generation.number == 8
    assert names(database) == ["copied"]


def test_where_there_was_none_nothing_is_set_aside(tmp_path: Path) -> None:
    done = restore(
        database_with(tmp_path / "copy.db", "copied"), tmp_path / "nimbus.db", CLOCK, stamp="s", reached=None
    )
    assert (done.set_aside, done.generation.number) == (None, 2)


async def test_numbers_that_others_hold_jump(tmp_path: Path) -> None:
    async with store(tmp_path) as database:

        def fill(tx: Transaction) -> None:
            tx.execute("INSERT INTO mesh_state VALUES (1, 5)")
            tx.execute(
                "INSERT INTO mesh_scopes (scope, revision, checksum, forgotten_before) VALUES ('one', 4, 'c', 2)"
            )
            tx.execute("UPDATE event_cursor SET newest = 9, pruned_through = 3")
            begin_generation(tx, 0)

        await database.write(fill)
        for sql, numbers in (
            ("SELECT revision FROM mesh_state", (5 + JUMP,)),
            ("SELECT revision, forgotten_before FROM mesh_scopes", (4 + JUMP, 4 + JUMP)),
            ("SELECT newest, pruned_through FROM event_cursor", (9 + JUMP, 9 + JUMP)),
        ):
            [row] = await database.read(lambda tx, sql=sql: tx.all(sql))  # type: ignore[misc]
            assert tuple(row) == numbers
        present = await database.read(generation)
        assert present is not None
        assert present.number == 2


marks = st.builds(Watermark, st.sampled_from(["a", "b"]), st.integers(1, 4), st.integers(0, 9))


@given(marks, marks)
def test_of_two_copies_at_most_one_is_behind(one: Watermark, other: Watermark) -> None:
    assert not is_behind(one, one)
    assert not (is_behind(one, other) and is_behind(other, one))
    if one.lineage == other.lineage and one != other:
        assert is_behind(one, other) or is_behind(other, one)
    if one.lineage != other.lineage:
        assert not is_behind(one, other)


class Killed(BaseException):
    """As kill -9: nothing after it runs."""


@pytest.mark.parametrize("at", range(4))
def test_killed_at_any_move_the_old_database_is_there_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    database, copy = (
        database_with(tmp_path / "nimbus.db", "present"),
        database_with(tmp_path / "copy.db", "copied"),
    )
    moves = 0

    def dies(function: Any) -> Any:
        def call(*arguments: Any) -> None:
            nonlocal moves
            if moves == at:
                raise Killed
            moves += 1
            function(*arguments)

        return call

    monkeypatch.setattr(os, "replace", dies(os.replace))
    monkeypatch.setattr(os, "link", dies(os.link))
    try:
        restore(copy, database, CLOCK, stamp="s", reached=None)
    except Killed:
        assert names(database) == ["present"]
    else:
        assert names(database) == ["copied"]


def test_a_copy_on_a_read_only_disk_is_taken(tmp_path: Path) -> None:
    copy, present = database_with(tmp_path / "copy.db", "old"), database_with(tmp_path / "nimbus.db", "new")
    with small_disk(tmp_path / "tape", "8m") as disk:
        on_disk = Path(shutil.copy(copy, disk))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        restore(on_disk, present, CLOCK, stamp="s", reached=None)
    assert names(present) == ["old"]


def test_two_in_one_second_set_both_aside(tmp_path: Path) -> None:
    copy, present = database_with(tmp_path / "copy.db", "old"), database_with(tmp_path / "nimbus.db", "new")
    first = restore(copy, present, CLOCK, stamp="s", reached=None).set_aside
    second = restore(copy, present, CLOCK, stamp="s", reached=None).set_aside
    assert first is not None
    assert second is not None
    assert (names(first), names(second)) == (["new"], ["old"])


def test_a_copy_of_a_newer_version_is_named_as_it_is_called(tmp_path: Path) -> None:
    copy, present = database_with(tmp_path / "copy.db", "old"), database_with(tmp_path / "nimbus.db", "new")
    connection = sqlite3.connect(copy)
    connection.execute("INSERT INTO schema_migrations VALUES (9999, 'x', 'y', 1, 9999)")
    connection.commit()
    connection.close()
    with pytest.raises(DatabaseTooNew, match=r"copy\.db was written by a newer Nimbus"):
        restore(copy, present, CLOCK, stamp="s", reached=None)
