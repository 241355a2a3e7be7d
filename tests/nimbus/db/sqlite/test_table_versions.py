"""Versions of tables: SQLite says what was written, the transaction that wrote counts it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.db.port import Value
from nimbus.db.sqlite import table_versions
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.sessions import SqliteSession
from nimbus.db.sqlite.table_versions import ChangedTables
from tests.kit.database import store

pytestmark = pytest.mark.sqlite

SCHEMA = """
CREATE TABLE table_versions (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) ON DELETE CASCADE);
CREATE TABLE others (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
"""
TABLES = ("parents", "children", "others")


class Counting(SqliteSession):
    def __init__(self, connection: sqlite3.Connection, changed: ChangedTables) -> None:
        super().__init__(connection)
        self._changed = changed

    def run(self, sql: str, parameters: Sequence[Value]) -> sqlite3.Cursor:
        return self._changed.execute(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> int:
        return self._changed.execute_many(sql, rows).rowcount


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = connect(tmp_path / "t.db")
    opened.executescript(SCHEMA)
    yield opened
    opened.close()


def changed_by(connection: sqlite3.Connection, changed: ChangedTables, *statements: str) -> set[str]:
    """The tables whose versions a transaction of these statements raises."""
    tx = Transaction(Counting(connection, changed))
    before = tx.table_versions(TABLES)
    connection.execute("BEGIN IMMEDIATE")
    for sql in statements:
        tx.execute(sql)
    changed.count()
    connection.execute("COMMIT")
    after = tx.table_versions(TABLES)
    assert all(new - old in (0, 1) for old, new in zip(before, after, strict=True))
    return {name for name, old, new in zip(TABLES, before, after, strict=True) if new != old}


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT * FROM parents", set()),
        ("INSERT INTO parents (name) VALUES ('a')", {"parents"}),
        ("INSERT OR REPLACE INTO others (name) VALUES ('a')", {"others"}),
        ("INSERT INTO others (name) SELECT name FROM parents", {"others"}),
        ("INSERT INTO others (id, name) VALUES (1, 'a') ON CONFLICT (name) DO UPDATE SET id = 2", {"others"}),
        ("UPDATE OR IGNORE parents SET name = 'b'", {"parents"}),
        ("UPDATE parents SET (name, id) = ('b', 4) WHERE id = 3", {"parents"}),
        ("UPDATE parents SET name = (SELECT name FROM others LIMIT 1), id = id", {"parents"}),
        (
            "WITH x AS (SELECT 1 AS id) DELETE FROM parents WHERE id IN (SELECT id FROM x)",
            {"parents", "children"},
        ),
        ("DELETE FROM main.others", {"others"}),
        ("DELETE FROM parents WHERE id = 1", {"parents", "children"}),
    ],
)
def test_what_a_statement_writes(connection: sqlite3.Connection, sql: str, tables: set[str]) -> None:
    changed = ChangedTables(connection)
    # The second and third time neither sqlite3 nor SQLite compiles it.
    for _ in range(3):
        assert changed_by(connection, changed, sql) == tables
    assert changed_by(connection, changed, "SELECT 1") == set()


def test_one_transaction_counts_once(connection: sqlite3.Connection) -> None:
    changed = ChangedTables(connection)
    sql = "INSERT INTO parents (name) VALUES ('a')"
    assert changed_by(connection, changed, sql, sql, "DELETE FROM others") == {"parents", "others"}


def test_a_statement_that_failed_counts_when_it_works(connection: sqlite3.Connection) -> None:
    changed = ChangedTables(connection)
    sql = "INSERT INTO others (name) VALUES ('taken')"
    changed_by(connection, changed, sql)
    with pytest.raises(sqlite3.IntegrityError):
        changed_by(connection, changed, sql)
    connection.execute("ROLLBACK")
    changed_by(connection, changed, "DELETE FROM others")
    assert changed_by(connection, changed, sql) == {"others"}


def test_many_rows_count_as_one_statement(connection: sqlite3.Connection) -> None:
    changed = ChangedTables(connection)
    tx = Transaction(Counting(connection, changed))
    for expected in (1, 2):
        connection.execute("BEGIN IMMEDIATE")
        assert tx.execute_many("INSERT INTO parents (name) VALUES (?)", [("a",), ("b",)]) == 2
        changed.count()
        connection.execute("COMMIT")
        assert tx.table_versions(["parents"]) == (expected,)


def test_what_is_forgotten_of_statements_is_asked_again(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_versions, "REMEMBERED", 3)
    changed = ChangedTables(connection)
    statements = [f"INSERT INTO parents (name) VALUES ('{number}')" for number in range(7)]
    for sql in [*statements, *statements]:
        assert changed_by(connection, changed, sql) == {"parents"}


def test_what_is_rolled_back_counts_nothing(connection: sqlite3.Connection) -> None:
    changed = ChangedTables(connection)
    tx = Transaction(Counting(connection, changed))
    connection.execute("BEGIN IMMEDIATE")
    tx.execute("INSERT INTO parents (name) VALUES ('a')")
    changed.count()
    connection.execute("ROLLBACK")
    assert tx.table_versions(TABLES) == (0, 0, 0)


async def test_another_process_counts_too(tmp_path: Path) -> None:
    """As `nimbus bootstrap` does beside a control plane that runs."""
    async with store(tmp_path) as database:
        await database.write(lambda tx: tx.execute("UPDATE organizations SET name = name"))
        [before] = await database.read(lambda tx: tx.table_versions(["organizations"]))
        write_once(tmp_path / "nimbus.db", lambda tx: tx.execute("UPDATE organizations SET name = name"))
        assert await database.read(lambda tx: tx.table_versions(["organizations"])) == (before + 1,)
