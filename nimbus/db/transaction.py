"""The one small transaction type that store functions see."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nimbus.db.table_versions import ChangedTables, Versions, versions_of

Row = sqlite3.Row
Value = str | int | float | bytes | None


class Transaction:
    """Statements with `?` placeholders, and events for after the commit. `changed`: who counts what it writes; None
    of one that only reads."""

    __slots__ = ("_changed", "_connection", "events")

    def __init__(self, connection: sqlite3.Connection, changed: ChangedTables | None = None) -> None:
        self._connection = connection
        self._changed = changed
        self.events: list[object] = []

    def _run(self, sql: str, parameters: Sequence[Value]) -> sqlite3.Cursor:
        if self._changed is None:
            return self._connection.execute(sql, parameters)
        return self._changed.execute(sql, parameters)

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run a statement; the number of rows that it changed."""
        return self._run(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        if self._changed is None:
            return self._connection.executemany(sql, rows).rowcount
        return self._changed.execute_many(sql, list(rows)).rowcount

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, or None. Also for `INSERT ... RETURNING`."""
        cursor = self._run(sql, parameters)
        row: Row | None = cursor.fetchone()
        cursor.close()
        return row

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return self._run(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Value] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]

    def table_versions(self, names: Collection[str]) -> Versions:
        """How often each of these tables has changed, in the snapshot that this transaction sees."""
        return versions_of(self._connection, names)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside undoes its own statements, and its events; the error goes on. When the store itself has
        failed there is nothing left to undo: the error is one that `is_of_store`."""
        known = len(self.events)
        self._connection.execute("SAVEPOINT nested")
        try:
            yield
        except BaseException:
            del self.events[known:]
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO nested")
                self._connection.execute("RELEASE nested")
            raise
        self._connection.execute("RELEASE nested")

    def emit(self, event: object) -> None:
        """Publish `event` when, and only when, this transaction has committed."""
        self.events.append(event)


def is_of_store(error: BaseException) -> bool:
    """Whether the store could not do it now (disk full, I/O error, interrupted): another time it may."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def placeholders(count: int) -> str:
    """`?, ?, ?` for an IN list."""
    return ", ".join("?" * count)
