"""A SQLite file becomes a PostgreSQL database: table by table, in pieces, compared at the end.

What has been copied is noted in the target, in the same transaction as the piece itself: a move that was killed
goes on where it was. As long as the notes are there no control plane starts on the target; the last transaction
takes them away.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from nimbus.db.generation import ensure_generation, watermark
from nimbus.db.migration import DatabaseUnusable
from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.connection import connect as connect_to_server
from nimbus.db.postgresql.errors import first_line, in_words
from nimbus.db.postgresql.migrate import MOVE, migrate, tables
from nimbus.db.postgresql.types import without_nul
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate as migrate_file
from nimbus.db.sqlite.sessions import SqliteSession, SqliteWriteSession
from nimbus.db.transaction import Transaction
from nimbus.kernel.clock import Clock
from nimbus.protocol.errors import NimbusError

PIECE = 5_000
# Not copied as they are: the target has a list of its own, and counts its own changes.
_APART = ("schema_migrations", "table_versions")
Server = psycopg.Connection[Any]
Progress = Callable[[str, int, int], None]
"""(table, rows that are there, rows in all)"""
_AGAIN = "The SQLite file is as it was. Mend it, then give the same command again: it goes on where it was."


class Moved(msgspec.Struct, frozen=True):
    """`texts_changed`: values with a NUL in them, which PostgreSQL's text cannot have; U+FFFD is in its place."""

    to: str
    tables: int
    rows: int
    texts_changed: int


class _Table(msgspec.Struct, frozen=True):
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


class _Source(msgspec.Struct, frozen=True):
    """Which file, and how far its history had come: after a change everything is copied anew."""

    lineage: str
    commits: int


def move(file: Path, url: str, clock: Clock, progress: Progress) -> Moved:
    """No control plane runs on the file. Raises DatabaseUnusable, Unavailable, StorageFull, UsageError."""
    migrate_file(file, clock)
    address = Address(url)
    connection = connect(file)
    try:
        source = _identified(file, connection)
        server = connect_to_server(address)
        try:
            return _Move(connection, server, address.place, source, progress).run(
                lambda: migrate(address, clock, moving=True)
            )
        except psycopg.Error as error:
            words = in_words(error, address.place)
            if isinstance(words, NimbusError):
                raise type(words)(words.message, next_step=words.next_step or _AGAIN) from None
            raise DatabaseUnusable(f"{address.place}: {first_line(error)}", next_step=_AGAIN) from None
        finally:
            server.close()
    finally:
        connection.close()


def _identified(file: Path, connection: sqlite3.Connection) -> _Source:
    mark = watermark(Transaction(SqliteSession(connection)))
    if mark is None:
        session = SqliteWriteSession(file)
        session.begin()
        ensure_generation(Transaction(session))
        session.commit()
        session.close()
        mark = watermark(Transaction(SqliteSession(connection)))
    assert mark is not None
    return _Source(mark.lineage, mark.commits)


class _Move:
    def __init__(
        self, connection: sqlite3.Connection, server: Server, place: str, source: _Source, progress: Progress
    ) -> None:
        self._connection, self._server, self._place = connection, server, place
        self._source, self._progress = source, progress
        self._texts_changed = 0

    def run(self, make_schema: Callable[[], object]) -> Moved:
        self._begin()
        make_schema()
        self._begin_anew_if_changed()
        every, rows = _in_order(self._connection), 0
        for table in every:
            rows += self._copy(table)
        for table in every:
            self._compare(table)
        self._finish()
        return Moved(self._place, len(every), rows, self._texts_changed)

    def _begin(self) -> None:
        """The notes come first: nobody takes a target that is half full for a whole one."""
        with self._server.transaction():
            present = tables(self._server)
            if MOVE not in present:
                if present:
                    raise DatabaseUnusable(
                        f"the database at {self._place} is not empty: it has {len(present)} tables,"
                        f" {present[0]} among them",
                        next_step="Name an empty one, which the user of the control plane owns.",
                    )
                self._server.execute(_NOTES)
                self._note_source()
            if self._noted_source().lineage != self._source.lineage:
                raise DatabaseUnusable(
                    f"the database at {self._place} has a part of another control plane's database",
                    next_step="Go on with the move that was begun there, or name an empty database.",
                )

    def _noted_source(self) -> _Source:
        noted = _first(self._server, f"SELECT last_key FROM {MOVE} WHERE name = ''")
        return msgspec.json.decode(noted, type=_Source)

    def _note_source(self) -> None:
        encoded = msgspec.json.encode(self._source).decode()
        self._server.execute(f"INSERT INTO {MOVE} (name, last_key) VALUES ('', %s)".encode(), (encoded,))

    def _begin_anew_if_changed(self) -> None:
        """Also at the very first: what a new schema is filled with goes."""
        noted = msgspec.json.decode(
            _first(self._server, f"SELECT last_key FROM {MOVE} WHERE name = ''"), type=_Source
        )
        begun = _first(self._server, f"SELECT COUNT(*) FROM {MOVE}") > 1
        if begun and noted == self._source:
            return
        names = [table.name for table in _in_order(self._connection)]
        with self._server.transaction():
            self._server.execute(f"TRUNCATE {', '.join((*names, MOVE))}".encode())
            self._note_source()
            for name in names:
                self._server.execute(f"INSERT INTO {MOVE} (name) VALUES (%s)".encode(), (name,))

    def _copy(self, table: _Table) -> int:
        total = int(self._connection.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0])
        while True:
            noted = self._server.execute(
                f"SELECT last_key, rows FROM {MOVE} WHERE name = %s".encode(), (table.name,)
            ).fetchone()
            assert noted is not None
            self._progress(table.name, noted[1], total)
            rows = self._piece(table, msgspec.json.decode(noted[0]) if noted[0] else None)
            if not rows:
                return total
            self._write(table, rows)

    def _piece(self, table: _Table, after: list[Any] | None) -> list[sqlite3.Row]:
        keys = ", ".join(table.key)
        beyond = f"WHERE ({keys}) > ({', '.join('?' * len(table.key))})" if after else ""
        return self._connection.execute(
            f"SELECT {', '.join(table.columns)} FROM {table.name} {beyond} ORDER BY {keys} LIMIT {PIECE}",
            after or (),
        ).fetchall()

    def _write(self, table: _Table, rows: Sequence[sqlite3.Row]) -> None:
        last_key = msgspec.json.encode([rows[-1][name] for name in table.key]).decode()
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
        )
        with self._server.transaction(), self._server.cursor() as cursor:
            with cursor.copy(into) as copy:
                for row in rows:
                    copy.write_row(tuple(row))
            cursor.execute(
                f"UPDATE {MOVE} SET last_key = %s, rows = rows + %s WHERE name = %s".encode(),
                (last_key, len(rows), table.name),
            )

    def _compare(self, table: _Table) -> None:
        """Number and sum of all rows on both sides. Raises DatabaseUnusable."""
        columns = ", ".join(table.columns)
        said = self._connection.execute(f"SELECT {columns} FROM {table.name}")
        here, changed = _summed(tuple(row) for row in said)
        self._texts_changed += changed
        with self._server.transaction(), self._server.cursor(name="compared") as cursor:
            cursor.itersize = PIECE
            there, _ = _summed(
                tuple(row) for row in cursor.execute(f"SELECT {columns} FROM {table.name}".encode())
            )
        if here != there:
            raise DatabaseUnusable(
                f"the table {table.name} is not the same on both sides: {here[0]} rows in the file, {there[0]} at"
                f" {self._place}",
                next_step="Another program changed it. Drop that database, create it again, and move again.",
            )

    def _finish(self) -> None:
        """Versions of tables lie beyond those of the file: what was kept of it is read anew."""
        versions = self._connection.execute("SELECT name, version FROM table_versions").fetchall()
        with self._server.transaction():
            for name, version in versions:
                self._server.execute(
                    b"INSERT INTO table_versions AS present (name, version) VALUES (%s, %s) ON CONFLICT (name)"
                    b" DO UPDATE SET version = GREATEST(present.version, excluded.version)",
                    (name, version + 1),
                )
            self._server.execute(f"DROP TABLE {MOVE}".encode())


_NOTES = f"""
CREATE TABLE {MOVE} (
    name text PRIMARY KEY,
    last_key text NOT NULL DEFAULT '',
    rows bigint NOT NULL DEFAULT 0
)
""".encode()


def _first(server: Server, query: str) -> Any:
    row = server.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _in_order(connection: sqlite3.Connection) -> list[_Table]:
    """Each after those that it refers to."""
    tables = {
        row[0]: _described(connection, row[0])
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        if row[0] not in _APART
    }
    ordered: dict[str, _Table] = {}

    def put(name: str) -> None:
        if name in ordered or name not in tables:
            return
        for reference in connection.execute(f"PRAGMA foreign_key_list({name})").fetchall():
            if reference["table"] != name:
                put(reference["table"])
        ordered[name] = tables[name]

    for name in tables:
        put(name)
    return list(ordered.values())


def _described(connection: sqlite3.Connection, name: str) -> _Table:
    columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
    key = sorted((column for column in columns if column["pk"]), key=lambda column: column["pk"])
    return _Table(name, tuple(column["name"] for column in columns), tuple(column["name"] for column in key))


def _summed(rows: Iterable[tuple[Any, ...]]) -> tuple[tuple[int, int], int]:
    """(how many rows, the sum of their digests), whatever their order; and how many texts have a NUL."""
    count = total = changed = 0
    for row in rows:
        plain = tuple(without_nul(value) if isinstance(value, str) else value for value in row)
        changed += sum(value != was for value, was in zip(plain, row, strict=True))
        count += 1
        total += int.from_bytes(
            hashlib.sha256(repr(plain).encode("utf-8", "surrogatepass")).digest()[:16], "big"
        )
    return (count, total % 2**128), changed
