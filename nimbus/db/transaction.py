"""The one small transaction type that store functions see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from nimbus.db.port import Row, Session, Value, Versions

__all__ = ["Row", "Transaction", "Value", "placeholders"]


class Transaction:
    """Statements with `?` placeholders, and events for after the commit. The same on every engine."""

    __slots__ = ("_session", "events")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.events: list[object] = []

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run a statement; the number of rows that it changed."""
        return self._session.run(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> int:
        return self._session.run_many(sql, list(rows))

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, or None. Also for `INSERT ... RETURNING`."""
        cursor = self._session.run(sql, parameters)
        row: Row | None = cursor.fetchone()
        cursor.close()
        return row

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        return self._session.run(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Value] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]

    def table_versions(self, names: Collection[str]) -> Versions:
        """How often each of these tables has changed, in the snapshot that this transaction sees."""
        return self._session.table_versions(names)

    def wake_others(self) -> None:
        """Other processes on this database, when this transaction has committed."""
        self._session.wake_others()

    def database_time(self) -> int:
        """By the clock of the database: microseconds since the Unix epoch."""
        return self._session.database_time()

    def size_bytes(self) -> int:
        """Of the whole database, on disk."""
        return self._session.size_bytes()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside undoes its own statements, and its events; the error goes on. When the store itself has
        failed there is nothing left to undo: the error is one that `is_of_store`."""
        known = len(self.events)
        self._session.command("SAVEPOINT nested")
        try:
            yield
        except BaseException:
            del self.events[known:]
            if self._session.in_transaction:
                self._session.command("ROLLBACK TO SAVEPOINT nested")
                self._session.command("RELEASE SAVEPOINT nested")
            raise
        self._session.command("RELEASE SAVEPOINT nested")

    def is_of_store(self, error: BaseException) -> bool:
        """Whether the store could not do it now (disk full, interrupted, server away): another time it may."""
        return self._session.is_of_store(error)

    def emit(self, event: object) -> None:
        """Publish `event` when, and only when, this transaction has committed."""
        self.events.append(event)


def placeholders(count: int) -> str:
    """`?, ?, ?` for an IN list; of nothing, what no value is in."""
    return ", ".join("?" * count) or "NULL"
