"""A write-ahead log is taken for that of the database beside it only if it is."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate
from nimbus.db.sqlite.sessions import CHECKPOINT_COMMITS, SqliteWriteSession
from nimbus.db.sqlite.stamps import MOST_STAMPS, known, set_foreign_log_aside, stamp_of
from nimbus.protocol.files import write_atomically
from tests.kit.agent_state import fill, small_disk
from tests.kit.clock import SettableClock

pytestmark = pytest.mark.sqlite
PARTS = ("", "-wal", "-stamps")


def add(session: SqliteWriteSession, *words: str) -> None:
    for word in words:
        session.begin()
        session.run("INSERT INTO said (word) VALUES (?)", (word,))
        session.commit()
        session.rest(is_idle=True)


def begun(path: Path) -> SqliteWriteSession:
    migrate(path, SettableClock())
    connection = connect(path)
    connection.execute("CREATE TABLE IF NOT EXISTS said (word TEXT)")
    connection.close()
    return SqliteWriteSession(path)


def crashed(path: Path, to: Path) -> Path:
    """What is on the disk at this moment, as after a power cut."""
    to.mkdir()
    for part in PARTS:
        if Path(str(path) + part).exists():
            shutil.copy(str(path) + part, to)
    return to / path.name


def words(path: Path) -> list[str]:
    connection = connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return [row[0] for row in connection.execute("SELECT word FROM said ORDER BY rowid")]
    finally:
        connection.close()


def copied(path: Path, to: Path) -> None:
    shutil.copy(path, to)


def backed_up(path: Path, to: Path) -> None:
    source, into = sqlite3.connect(path), sqlite3.connect(to)
    source.backup(into)
    source.close()
    into.close()


def vacuumed(path: Path, to: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"VACUUM INTO '{to}'")
    connection.close()


@pytest.mark.parametrize("how", [copied, backed_up, vacuumed])
@pytest.mark.parametrize("later", [1, 3 * CHECKPOINT_COMMITS])
def test_an_older_file_does_not_take_the_log_of_the_newer_one(
    tmp_path: Path, how: Callable[[Path, Path], None], later: int
) -> None:
    path, old = tmp_path / "nimbus.db", tmp_path / "old.db"
    session = begun(path)
    add(session, "first")
    session.finish()
    how(path, old)
    session.close()
    session = begun(path)
    add(session, *map(str, range(later)))
    there = crashed(path, tmp_path / "crashed")
    session.close()
    assert words(crashed(there, tmp_path / "as-it-was"))[-1] == str(later - 1)
    shutil.copy(old, there)
    aside = set_foreign_log_aside(there)
    assert aside is not None
    assert aside.stat().st_size > 0
    assert words(there) == ["first"]
    assert set_foreign_log_aside(there) is None, "and once"


def test_a_copy_of_this_moment_takes_it_without_harm(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    session = begun(path)
    add(session, "first")
    backed_up(path, tmp_path / "copy.db")
    add(session, "second")
    there = crashed(path, tmp_path / "crashed")
    session.close()
    shutil.copy(tmp_path / "copy.db", there)
    assert set_foreign_log_aside(there) is None
    assert words(there) == ["first", "second"]


def test_a_crash_at_any_moment_of_a_checkpoint_leaves_its_log_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, states = tmp_path / "nimbus.db", list[Path]()
    session = begun(path)
    add(session, "first", "second")

    class Watched:
        """What is on the disk before and after each statement is what a crash would leave."""

        def execute(self, sql: str) -> Any:
            note()
            done = session.connection.execute(sql)
            note()
            return done

    def note() -> None:
        states.append(crashed(path, tmp_path / f"crash-{len(states)}"))

    def written(file: Path, content: bytes) -> None:
        note()
        write_atomically(file, content)
        note()

    with monkeypatch.context() as patch:
        patch.setattr("nimbus.db.sqlite.stamps.write_atomically", written)
        for mode in ("PASSIVE", "TRUNCATE"):
            session._stamps.checkpoint(Watched(), mode)  # type: ignore[arg-type]
    session.close()
    assert len(states) >= 16
    for there in states:
        assert set_foreign_log_aside(there) is None
        assert words(crashed(there, there.parent / "read")) == ["first", "second"]
        again = SqliteWriteSession(there)
        add(again, "third")
        again.close()
        assert known(there) == (stamp_of(there),)


def test_readers_that_hold_a_checkpoint_up(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    session = begun(path)
    add(session, "first")
    reader = connect(path, query_only=True)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM said").fetchall()
    for number in range(2 * MOST_STAMPS):
        add(session, str(number))
        session._stamps.checkpoint(session.connection, "PASSIVE")
    assert len(known(path) or ()) == MOST_STAMPS
    there = crashed(path, tmp_path / "crashed")
    assert set_foreign_log_aside(there) is None
    assert len(words(there)) == 1 + 2 * MOST_STAMPS
    reader.execute("ROLLBACK")
    reader.close()
    session.finish()
    assert known(path) == (stamp_of(path),)
    session.close()


def test_a_file_that_took_its_place_has_stamps_of_its_own(tmp_path: Path) -> None:
    path, other = tmp_path / "nimbus.db", tmp_path / "other.db"
    for file in (path, other):
        session = begun(file)
        add(session, file.name)
        session.finish()
        session.close()
    shutil.copy(other, path)
    session = begun(path)
    add(session, "later")
    there = crashed(path, tmp_path / "crashed")
    session.close()
    assert set_foreign_log_aside(there) is None
    assert words(there) == ["other.db", "later"]


def test_of_an_older_version_nothing_is_known(tmp_path: Path) -> None:
    path = tmp_path / "nimbus.db"
    session = begun(path)
    add(session, "first")
    there = crashed(path, tmp_path / "crashed")
    session.close()
    for content in (None, b"", b"{}", b"[]"):
        noted = there.with_name("nimbus.db-stamps")
        noted.unlink(missing_ok=True)
        if content is not None:
            noted.write_bytes(content)
        assert set_foreign_log_aside(there) is None
    assert words(there) == ["first"]


def test_a_full_disk_ends_no_writer(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        path = disk / "nimbus.db"
        session = begun(path)
        add(session, "first")
        filler = fill(disk)
        for _ in range(3):
            session._stamps.checkpoint(session.connection, "PASSIVE")
        filler.unlink()
        add(session, "second")
        session.finish()
        assert known(path) == (stamp_of(path),)
        session.close()
        assert words(path) == ["first", "second"]
