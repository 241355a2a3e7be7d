"""Sessions on PostgreSQL, as the writer and the readers use them. They outlive their connection."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from nimbus.db.port import Value, Versions
from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.connection import Connector
from nimbus.db.postgresql.errors import in_words, is_of_store, lost
from nimbus.db.postgresql.listening import NOTIFY
from nimbus.db.postgresql.statements import with_percent_marks
from nimbus.db.read_deadline import too_slow
from nimbus.kernel.errors import Unavailable

# One writer at a time, over all processes: whoever holds this number. "nimbus", in ASCII.
WRITER_LOCK = 0x6E696D627573
# A writer that hangs in a transaction loses its connection, and does not keep the others from writing.
IDLE_TIMEOUT_S = 30.0
# Somebody else holds what a change needs, by hand for instance: that change is refused, not the process ended.
LOCK_TIMEOUT_S = 20.0
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({WRITER_LOCK})".encode()
# In one message; when the first statement fails, the second is not run.
_COMMIT = (
    "INSERT INTO writer_commits (session, number, at) VALUES ('{session}', {number}, now())"
    " ON CONFLICT (session) DO UPDATE SET number = excluded.number, at = excluded.at; COMMIT"
)
_FORGET = b"DELETE FROM writer_commits WHERE at < now() - interval '7 days'"
_BEGIN_SNAPSHOT = b"BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE)
_DOUBT_INTERVAL_S = 0.2
log = logging.getLogger("nimbus.db")


class PostgresqlSession:
    """Statements outside of a transaction are durable on their own."""

    def __init__(self, connector: Connector, place: str) -> None:
        self._connector = connector
        self._place = place

    @property
    def in_transaction(self) -> bool:
        connection = self._connector.connection
        return connection is not None and connection.info.transaction_status in _OPEN

    def run(self, sql: str, parameters: Sequence[Value]) -> psycopg.Cursor[Any]:
        cursor = self._connector.connected().cursor()
        if parameters:
            return cursor.execute(with_percent_marks(sql), parameters)
        return cursor.execute(sql.encode())

    def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> int:
        if not rows:
            return 0
        cursor = self._connector.connected().cursor()
        cursor.executemany(with_percent_marks(sql), rows)
        return cursor.rowcount

    def command(self, sql: str) -> None:
        self._connector.connected().execute(sql.encode())

    def table_versions(self, names: Collection[str]) -> Versions:
        rows = self.run("SELECT name, version FROM table_versions WHERE name = ANY(?)", (list(names),))  # type: ignore[arg-type]
        versions = {row[0]: int(row[1]) for row in rows.fetchall()}
        return tuple(versions.get(name, 0) for name in names)

    def wake_others(self) -> None:
        self.command(NOTIFY)

    def database_time(self) -> int:
        row = self.run("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint", ()).fetchone()
        return int(row[0]) if row else 0

    def size_bytes(self) -> int:
        row = self.run("SELECT pg_database_size(current_database())", ()).fetchone()
        return int(row[0]) if row else 0

    def is_of_store(self, error: BaseException) -> bool:
        return is_of_store(error)

    def close(self) -> None:
        self._connector.drop()


class PostgresqlWriteSession(PostgresqlSession):
    def __init__(self, address: Address) -> None:
        super().__init__(
            Connector(address, idle_timeout_s=IDLE_TIMEOUT_S, lock_timeout_s=LOCK_TIMEOUT_S), address.place
        )
        self._id, self._commits = str(uuid.uuid4()), 0

    def begin(self) -> None:
        known = self._connector.connection is not None
        try:
            self._connector.connected().execute(_BEGIN)
        except psycopg.Error:
            # One that was lost while nobody used it is made anew; nothing was begun on it.
            if not known or self._connector.connection is not None:
                raise
            self._connector.connected().execute(_BEGIN)

    def commit(self) -> None:
        self._commits += 1
        sql = _COMMIT.format(session=self._id, number=self._commits)
        try:
            self._connector.connected().execute(sql.encode())
        except psycopg.Error as error:
            # An error with a connection is the server's word that nothing was committed.
            if self._connector.connection is not None or not self._was_committed(error):
                raise

    def _was_committed(self, error: Exception) -> bool:
        """The connection ended before the answer to the commit. Nobody is told anything until the server has said
        what became of it; a process that waits for that too long is ended, and loads everything anew."""
        log.warning(
            "the connection to the database ended during a commit; asking what became of it: %s", error
        )
        while True:
            try:
                # The lock is there when that transaction has ended, one way or the other.
                self.begin()
                row = self.run("SELECT number FROM writer_commits WHERE session = ?", (self._id,)).fetchone()
                self.roll_back()
            except Exception as failure:  # noqa: BLE001  (asked again until there is an answer)
                log.debug("no answer yet: %s", failure)
                self.roll_back()
                time.sleep(_DOUBT_INTERVAL_S)
            else:
                was_committed = row is not None and row[0] == self._commits
                log.warning("that commit was %s", "made" if was_committed else "not made")
                return was_committed

    def roll_back(self) -> None:
        connection = self._connector.connection
        if connection is None or connection.info.transaction_status == TransactionStatus.IDLE:
            return
        try:
            connection.execute(b"ROLLBACK")
        except psycopg.Error:
            # With the connection the server gives up what was begun on it.
            self._connector.drop()

    def given_up(self, error: Exception) -> Exception:
        return error if isinstance(error, psycopg.Error) else lost(self._place)

    def in_words(self, error: Exception) -> Exception:
        return in_words(error, self._place)

    def rest(self, *, is_idle: bool) -> None:
        """Nothing: the server keeps its own house."""

    def finish(self) -> None:
        """What was committed is durable; what earlier processes noted of their commits goes."""
        with suppress(psycopg.Error, Unavailable):
            self._connector.connected().execute(_FORGET)


class PostgresqlReadSession(PostgresqlSession):
    """The server ends a statement that takes too long; between two of them the time is looked at here."""

    def __init__(self, address: Address, deadline_s: float) -> None:
        super().__init__(Connector(address, statement_timeout_s=deadline_s), address.place)
        self._deadline_s, self._until = deadline_s, 0.0

    def run(self, sql: str, parameters: Sequence[Value]) -> psycopg.Cursor[Any]:
        if time.monotonic() > self._until:
            raise too_slow(self._deadline_s)
        return super().run(sql, parameters)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self._until = time.monotonic() + self._deadline_s
        try:
            self._begin()
            try:
                yield
            finally:
                self._end()
        except errors.QueryCanceled:
            raise too_slow(self._deadline_s) from None
        except psycopg.Error as error:
            words = in_words(error, self._place)
            if words is error:
                raise
            raise words from error

    def _begin(self) -> None:
        known = self._connector.connection is not None
        try:
            self._connector.connected().execute(_BEGIN_SNAPSHOT)
        except psycopg.Error:
            if not known or self._connector.connection is not None:
                raise
            self._connector.connected().execute(_BEGIN_SNAPSHOT)

    def _end(self) -> None:
        connection = self._connector.connection
        if connection is None:
            return
        try:
            connection.execute(b"ROLLBACK")
        except psycopg.Error:
            self._connector.drop()
