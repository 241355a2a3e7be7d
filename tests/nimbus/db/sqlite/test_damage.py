"""A file of which a part was lost: whoever reads or writes it is told what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nimbus.db.migration import DatabaseUnusable
from nimbus.db.sqlite.sessions import SqliteReadSession, SqliteWriteSession

pytestmark = pytest.mark.sqlite


def lost_in_the_middle(path: Path) -> Path:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, text TEXT)")
    connection.executemany("INSERT INTO things (text) VALUES (?)", [("x" * 500,)] * 2000)
    connection.commit()
    connection.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 65536] = b"\x55" * 65536
    path.write_bytes(content)
    return path


def test_a_read_of_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    session = SqliteReadSession(lost_in_the_middle(tmp_path / "nimbus.db"), 10)
    with pytest.raises(DatabaseUnusable, match="is damaged") as caught, session.snapshot():
        session.run("SELECT SUM(LENGTH(text)) FROM things", ()).fetchall()
    assert "nimbus restore" in caught.value.next_step
    session.close()


def test_a_change_of_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    session = SqliteWriteSession(lost_in_the_middle(tmp_path / "nimbus.db"))
    session.begin()
    with pytest.raises(sqlite3.DatabaseError) as caught:
        session.run("UPDATE things SET text = ''", ()).fetchall()
    assert isinstance(session.in_words(caught.value), DatabaseUnusable)
    session.close()
