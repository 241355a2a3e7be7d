"""The one small transaction type that store functions see."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from nimbus.db.statements import Changes

Row = sqlite3.Row
Value = str | int | float | bytes | None


class Transaction:
    """Statements with `?` placeholders, and events for after the commit. `changes`: what it wrote."""

    __slots__ = ("_connection", "changes", "events")

    def __init__(self, connection: sqlite3.Connection, changes: Changes | None = None) -> None:
        self._connection = connection
        self.events: list[object] = []
        self.changes = changes or Changes()

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run a statement; the number of rows that it changed."""
        self.changes.note(sql, (parameters,))
        return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        given = list(rows)
        self.changes.note(sql, given)
        return self._connection.executemany(sql, given).rowcount

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, or None. Also for `INSERT ... RETURNING`."""
        self.changes.note(sql, (parameters,))
        cursor = self._connection.execute(sql, parameters)
        row: Row | None = cursor.fetchone()
        cursor.close()
        return row

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        self.changes.note(sql, (parameters,))
        return self._connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Value] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]

    def emit(self, event: object) -> None:
        """Publish `event` when, and only when, this transaction has committed."""
        self.events.append(event)


def placeholders(count: int) -> str:
    """`?, ?, ?` for an IN list."""
    return ", ".join("?" * count)
