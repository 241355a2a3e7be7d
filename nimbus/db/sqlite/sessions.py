"""Connections to the file, as the writer and the readers use them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nimbus.db.port import Value, Versions
from nimbus.db.read_deadline import too_slow
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.errors import damaged, in_words, is_damaged, is_of_store
from nimbus.db.sqlite.stamps import Stamps
from nimbus.db.sqlite.table_versions import ChangedTables, versions_of

# Commits between two checkpoints: at rest, and while there is more to write.
CHECKPOINT_COMMITS, CHECKPOINT_COMMITS_BUSY = 50, 500
# How often SQLite asks whether to go on: every so many of its instructions, some tenths of a millisecond.
_INSTRUCTIONS = 20_000
# Unix time; what SQLite counts are days since noon of a day some 6700 years ago.
_TIME = "SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"


class SqliteSession:
    """On a connection that somebody else opens and closes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def run(self, sql: str, parameters: Sequence[Value]) -> sqlite3.Cursor:
        return self.connection.execute(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> int:
        return self.connection.executemany(sql, rows).rowcount

    def command(self, sql: str) -> None:
        self.connection.execute(sql)

    def table_versions(self, names: Collection[str]) -> Versions:
        return versions_of(self.connection, names)

    def wake_others(self) -> None:
        """There are none."""

    def database_time(self) -> int:
        """In milliseconds, as SQLite has it."""
        row = self.connection.execute(_TIME).fetchone()
        return int(row[0]) * 1000

    def size_bytes(self) -> int:
        """With what waits in the write-ahead log."""
        file = Path(self.connection.execute("PRAGMA database_list").fetchone()[2])
        log = file.with_name(file.name + "-wal")
        return sum(part.stat().st_size for part in (file, log) if part.exists())

    def is_of_store(self, error: BaseException) -> bool:
        return is_of_store(error)

    def close(self) -> None:
        self.connection.close()


class SqliteWriteSession(SqliteSession):
    def __init__(self, path: Path) -> None:
        super().__init__(connect(path))
        self._changed = ChangedTables(self.connection)
        self._stamps = Stamps(path)
        # The first commit is followed by a checkpoint: what was copied before this start has another stamp.
        self._commits = CHECKPOINT_COMMITS_BUSY

    def run(self, sql: str, parameters: Sequence[Value]) -> sqlite3.Cursor:
        return self._changed.execute(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> int:
        return self._changed.execute_many(sql, rows).rowcount

    def begin(self) -> None:
        self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        # What was undone to a savepoint counts as a change too: it costs a look, no more.
        self._changed.count()
        self.connection.execute("COMMIT")

    def roll_back(self) -> None:
        # SQLite may have rolled back by itself (disk full, I/O error).
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def given_up(self, error: Exception) -> Exception:
        return error if isinstance(error, sqlite3.Error) else sqlite3.OperationalError(str(error))

    def in_words(self, error: Exception) -> Exception:
        return in_words(error)

    def rest(self, *, is_idle: bool) -> None:
        # At rest soon, so that the log stays short; else when it has become long.
        self._commits += 1
        if self._commits >= (CHECKPOINT_COMMITS if is_idle else CHECKPOINT_COMMITS_BUSY):
            self._stamps.checkpoint(self.connection, "PASSIVE")
            self._commits = 0

    def finish(self) -> None:
        self._stamps.checkpoint(self.connection, "TRUNCATE")


class SqliteReadSession(SqliteSession):
    """A statement that takes too long is ended by SQLite itself."""

    def __init__(self, path: Path, deadline_s: float) -> None:
        super().__init__(connect(path, query_only=True))
        self._deadline_s = deadline_s

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        until = time.monotonic() + self._deadline_s
        self.connection.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
        try:
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if is_damaged(error):
                raise damaged() from error
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
                raise
            raise too_slow(self._deadline_s) from None
        finally:
            self.connection.set_progress_handler(None, 0)
