"""Migrations on PostgreSQL: forward, in one transaction, one process at a time. The backup is the operator's
(pg_dump): nothing is deleted here that a dump of before would not bring back."""

from __future__ import annotations

from typing import Any

import psycopg

from nimbus.db.migration import Applied, DatabaseUnusable, Migration, pending, read_migrations
from nimbus.db.postgresql.address import Address
from nimbus.db.postgresql.connection import connect
from nimbus.db.postgresql.errors import first_line, in_words
from nimbus.db.postgresql.sessions import WRITER_LOCK
from nimbus.kernel.clock import Clock
from nimbus.protocol.errors import NimbusError

OLDEST_SERVER = 150_000
# There while a move into the database goes on: how far it has come.
MOVE = "database_move"
Connection = psycopg.Connection[Any]
_LEDGER = b"""
CREATE TABLE IF NOT EXISTS schema_migrations (
    version bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    applied_at bigint NOT NULL,
    oldest bigint NOT NULL
)
"""
_NEXT_EMPTY = (
    "Name a database of its own: CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0;"
)


def migrations() -> list[Migration]:
    """All migrations of this executable, in order."""
    return read_migrations("nimbus.db.postgresql")


def migrate(address: Address, clock: Clock, *, moving: bool = False) -> list[int]:
    """Bring the database to this executable's version; the versions that were applied. Raises DatabaseTooNew,
    DatabaseUnusable, Unavailable, StorageFull; nothing is changed then. `moving`: by the move into it itself."""
    known = migrations()
    connection = connect(address)
    try:
        _check_server(connection, address.place)
        with connection.transaction():
            connection.execute(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})".encode())
            to_apply = pending(known, _applied(connection, address.place, moving), address.place)
            if to_apply:
                _apply(connection, to_apply, clock)
    except psycopg.Error as error:
        raise _unusable(error, address.place) from None
    finally:
        connection.close()
    return [migration.version for migration in to_apply]


def _unusable(error: psycopg.Error, place: str) -> Exception:
    words = in_words(error, place)
    if isinstance(words, NimbusError):
        return words
    return DatabaseUnusable(
        f"{place} cannot be used as the database: {first_line(error)}",
        next_step="Look at the log of PostgreSQL; name a database that is empty, or one of Nimbus.",
    )


def _check_server(connection: Connection, place: str) -> None:
    """Raises DatabaseUnusable."""
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        raise DatabaseUnusable(
            f"{place} is PostgreSQL {version // 10_000}; Nimbus needs 15 or newer",
            next_step="Upgrade the server, or name another one in the setting `database`.",
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"the database at {place} has the encoding {encoding}; Nimbus needs UTF8", next_step=_NEXT_EMPTY
        )
    if _value(connection, "SELECT pg_is_in_recovery()"):
        raise DatabaseUnusable(
            f"{place} is a standby: it only reads",
            next_step="Name the server that writes in the setting `database`, or promote this one.",
        )
    if _value(connection, "SHOW transaction_read_only") == "on":
        raise DatabaseUnusable(
            f"the database at {place} only reads (default_transaction_read_only)",
            next_step="ALTER DATABASE name RESET default_transaction_read_only; then start again.",
        )


def _value(connection: Connection, sql: str) -> Any:
    row = connection.execute(sql.encode()).fetchone()
    return row[0] if row else None


def tables(connection: Connection) -> list[str]:
    rows = connection.execute(
        b"SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    return [row[0] for row in rows]


def _applied(connection: Connection, place: str, moving: bool) -> dict[int, Applied]:
    present = tables(connection)
    if MOVE in present and not moving:
        raise DatabaseUnusable(
            f"the database at {place} is half of one: a move into it was begun and has not ended",
            next_step="Give the command again, it goes on where it was: nimbus database move --to ...",
        )
    present = [name for name in present if name != MOVE]
    if "schema_migrations" not in present:
        if present:
            raise DatabaseUnusable(
                f"the database at {place} belongs to something else: it has {len(present)} tables, {present[0]}"
                " among them, and none of Nimbus",
                next_step=_NEXT_EMPTY,
            )
        return {}
    rows = connection.execute(b"SELECT version, checksum, oldest FROM schema_migrations").fetchall()
    return {row[0]: Applied(row[1], row[2]) for row in rows}


def _apply(connection: Connection, to_apply: list[Migration], clock: Clock) -> None:
    connection.execute(_LEDGER)
    for migration in to_apply:
        connection.execute(migration.sql.encode())
        connection.execute(
            b"INSERT INTO schema_migrations (version, name, checksum, applied_at, oldest)"
            b" VALUES (%s, %s, %s, %s, %s)",
            (migration.version, migration.name, migration.checksum, clock.now(), migration.oldest),
        )
