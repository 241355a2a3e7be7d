"""Which tables have changed, by the word of the database itself.

SQLite names the tables that a statement writes when it compiles it (`sqlite3_set_authorizer`), cascades included;
nothing is guessed from the text. The transaction that changed them counts that in `table_versions`, so that whoever
reads a version together with rows knows how old the rows are, whichever process wrote.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from nimbus.db.port import Versions

_WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
# Of so many texts of statements it is remembered what they write.
REMEMBERED = 4096
_COUNT = (
    "INSERT INTO table_versions (name, version) VALUES (?, 1)"
    " ON CONFLICT (name) DO UPDATE SET version = version + 1"
)
_NOT_COUNTED = {"table_versions", "sqlite_master", "sqlite_temp_master"}


class ChangedTables:
    """What the statements of one connection write. Belongs to the thread that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[str, frozenset[str]] = {}
        self._compiling: set[str] = set()
        self._changed: set[str] = set()
        connection.set_authorizer(self._authorize)

    def _authorize(self, action: int, table: str | None, *_: str | None) -> int:
        if action in _WRITES and table is not None and table not in _NOT_COUNTED:
            self._compiling.add(table)
        return sqlite3.SQLITE_OK

    def execute(self, sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        known = self._known.get(sql)
        if known is not None:
            self._changed |= known
            return self._connection.execute(sql, parameters)
        self._compiling.clear()
        try:
            return self._connection.execute(sql, parameters)
        finally:
            self._remember(sql)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> sqlite3.Cursor:
        if sql in self._known:
            self._changed |= self._known[sql]
            return self._connection.executemany(sql, rows)
        self._compiling.clear()
        try:
            return self._connection.executemany(sql, rows)
        finally:
            self._remember(sql)

    def _remember(self, sql: str) -> None:
        """Also of one that failed: it may have been compiled."""
        if len(self._known) >= REMEMBERED:
            self._known.clear()
            # Makes SQLite compile every statement anew, those that sqlite3 keeps too.
            self._connection.set_authorizer(self._authorize)
        tables = frozenset(self._compiling)
        self._known[sql] = tables
        self._changed |= tables

    def count(self) -> None:
        """Before the commit: raise the version of each table that has changed since the last time."""
        changed, self._changed = self._changed, set()
        if changed:
            self._connection.executemany(_COUNT, [(name,) for name in sorted(changed)])


def versions_of(connection: sqlite3.Connection, names: Collection[str]) -> Versions:
    """In the snapshot of the present transaction; 0 of a table that was never written."""
    marks = ", ".join("?" * len(names))
    rows = connection.execute(
        f"SELECT name, version FROM table_versions WHERE name IN ({marks})", tuple(names)
    )
    versions: dict[str, int] = dict(rows.fetchall())
    return tuple(versions.get(name, 0) for name in names)
