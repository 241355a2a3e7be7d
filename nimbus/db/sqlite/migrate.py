"""Migrations: frozen, numbered SQL files, run forward in one transaction after an automatic backup."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path

from nimbus.db.migration import (
    BEFORE_MIGRATION,
    Applied,
    DatabaseUnusable,
    Migration,
    pending,
    read_migrations,
)
from nimbus.db.sqlite.connection import connect
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import StorageFull
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import free_bytes, sync_directory

# Beside twice the size of the database: the journal of the migration itself.
_MARGIN_BYTES = 32 * 2**20
# What SQLite needs to open a database: its log and the index of that.
_SMALLEST = 2**20
_NO_ROOM = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_TABLE = re.compile(
    r"^ *(CREATE|DROP|ALTER) TABLE (?:IF (?:NOT )?EXISTS )?(\w+)(?: RENAME TO (\w+))?", re.MULTILINE
)
_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
)
"""
# Of a list that was made before migrations said which executables can run with them.
_UNSAID = 1_000_000


def migrations() -> list[Migration]:
    """All migrations of this executable, in order."""
    return read_migrations("nimbus.db.sqlite")


def migrate(path: Path, clock: Clock, *, called: str = "") -> list[int]:
    """Bring the database at `path` to this executable's version; the versions that were applied. Messages name it
    as it is `called`.

    All of them run in one transaction, so that a crash leaves the old version, whole.
    """
    known, called = migrations(), called or str(path)
    fresh = not path.exists()
    try:
        if fresh:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = connect(path)
    except OSError as error:
        raise _not_made(path, error) from None
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    try:
        applied = _applied(connection)
        present = _tables(connection)
        if not applied and present:
            raise _foreign(called, present)
        to_apply = pending(known, applied, called)
        if to_apply and not fresh:
            _check_space(path)
            try:
                _back_up(connection, path, to_apply[0].version)
            except OSError as error:
                raise _no_backup(path, error) from None
        _apply(connection, to_apply, clock)
        if len(applied) <= len(known):
            _check_tables(connection, known, called)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    finally:
        connection.close()
    return [migration.version for migration in to_apply]


def _unusable(path: Path, error: sqlite3.Error) -> NimbusError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code in _NO_ROOM and free_bytes(path.parent) < _SMALLEST):
        # With no room for its log or its index SQLite cannot even read; the database is as whole as before.
        return StorageFull(f"the disk that holds {path} is full", next_step="Free space and start again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return DatabaseUnusable(
            f"{path} cannot be written: {error}",
            next_step="Mount its disk writable, or give the directory to the user of the control plane.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseUnusable(
            f"another program holds {path}", next_step="Close it (sqlite3, a backup), then start again."
        )
    return DatabaseUnusable(
        f"{path} cannot be used as the database: {error}",
        next_step="Put a backup of it in its place: nimbus restore FILE. Or name another directory (--data-dir).",
    )


def _not_made(path: Path, error: OSError) -> NimbusError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"the disk that holds {path} is full", next_step="Free space and start again.")
    where = f"{path}, which leads to {path.readlink()}," if path.is_symlink() else str(path)
    return DatabaseUnusable(
        f"{where} cannot be made: {(error.strerror or str(error)).lower()}",
        next_step="Mount the disk that it is on, or give the directory to the user of the control plane.",
    )


def _foreign(called: str, tables: Collection[str]) -> NimbusError:
    return DatabaseUnusable(
        f"{called} belongs to something else: it has {len(tables)} tables, {min(tables)} among them, and none of"
        " Nimbus",
        next_step="Put the control plane's own there: nimbus restore FILE. Or name another directory (--data-dir).",
    )


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return {row[0] for row in rows} - {"schema_migrations"}


def _check_tables(connection: sqlite3.Connection, known: Iterable[Migration], called: str) -> None:
    """Raises DatabaseUnusable when one is not there that the migrations have made."""
    lost = sorted(tables_of(known) - _tables(connection))
    if lost:
        raise DatabaseUnusable(
            f"{called} has lost the table {lost[0]}: it was changed by hand, or is a part of a database",
            next_step="Put a backup in its place: nimbus restore FILE.",
        )


def tables_of(known: Iterable[Migration]) -> set[str]:
    """Those that are there when all of these have run."""
    tables: set[str] = set()
    for migration in known:
        for verb, name, renamed in _TABLE.findall(migration.sql):
            if verb == "CREATE":
                tables.add(name)
            elif verb == "DROP":
                tables.discard(name)
            elif renamed:
                tables.discard(name)
                tables.add(renamed)
    return tables


def _has_oldest(connection: sqlite3.Connection) -> bool:
    columns = connection.execute("PRAGMA table_info(schema_migrations)").fetchall()
    return "oldest" in {column[1] for column in columns}


def _check_space(path: Path) -> None:
    """For the backup, a copy of the database, and what the migrations themselves write. Raises StorageFull."""
    log = path.with_name(path.name + "-wal")
    size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    free = free_bytes(path.parent)
    if free < 2 * size + _MARGIN_BYTES:
        wanted, there = (2 * size + _MARGIN_BYTES) // 2**20, int(free) // 2**20
        raise StorageFull(
            f"the disk that holds {path} has {there} MiB free; the upgrade makes a backup first and needs {wanted}",
            next_step="Free space, then start again. Nothing was changed.",
        )


def _no_backup(path: Path, error: OSError) -> NimbusError:
    if error.errno == errno.ENOSPC:
        return StorageFull(f"the disk that holds {path} is full", next_step="Free space and start again.")
    return DatabaseUnusable(f"the backup before the migration of {path} cannot be written: {error.strerror}")


def _applied(connection: sqlite3.Connection) -> dict[int, Applied]:
    exists = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
    ).fetchone()
    if not exists:
        return {}
    oldest = "oldest" if _has_oldest(connection) else str(_UNSAID)
    rows = connection.execute(f"SELECT version, checksum, {oldest} FROM schema_migrations").fetchall()
    return {row[0]: Applied(row[1], row[2]) for row in rows}


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """One backup per migration that it was made before: a service that fails and is started again and again does
    not fill the disk with them."""
    folder = path.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{path.stem}{BEFORE_MIGRATION}{version:04}.db"
    unfinished = target.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    copy = sqlite3.connect(unfinished)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    os.replace(unfinished, target)
    sync_directory(folder)


def _apply(connection: sqlite3.Connection, to_apply: list[Migration], clock: Clock) -> None:
    if not to_apply:
        return
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_LEDGER)
        if not _has_oldest(connection):
            connection.execute(
                f"ALTER TABLE schema_migrations ADD COLUMN oldest INTEGER NOT NULL DEFAULT {_UNSAID}"
            )
        for migration in to_apply:
            for statement in statements(migration.sql):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at, oldest)"
                " VALUES (?, ?, ?, ?, ?)",
                (migration.version, migration.name, migration.checksum, clock.now(), migration.oldest),
            )
        _check_references(connection)
        connection.execute("COMMIT")
    except BaseException:
        # SQLite may have rolled back by itself (disk full, I/O error).
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: sqlite3.Connection) -> None:
    """Foreign keys are off while tables are rebuilt: what is left must not point at nothing. Raises
    DatabaseUnusable, which undoes the migrations."""
    lost = connection.execute("PRAGMA foreign_key_check").fetchall()
    if lost:
        table, _rowid, parent, _ = lost[0]
        raise DatabaseUnusable(
            f"{len(lost)} rows of the database point at rows that are not there, the first one from {table} to"
            f" {parent}: it was changed by hand, or damaged",
            next_step="Nothing was changed. Restore a backup, or delete those rows; start again.",
        )


def statements(sql: str) -> list[str]:
    """Split a migration file; `sqlite3.executescript` would commit on its own."""
    statements: list[str] = []
    buffer = ""
    for line in sql.splitlines(keepends=True):
        if not buffer and not line.split("--")[0].strip():
            continue
        buffer += line
        if sqlite3.complete_statement(buffer):
            statements.append(buffer.strip())
            buffer = ""
    if buffer.strip():
        raise ValueError(f"unfinished statement at the end of a migration: {buffer.strip()[:60]}")
    return statements


def schema_of(connection: sqlite3.Connection) -> str:
    """Every table and index as SQL, in a stable order: what `schema.sql` must equal."""
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name"
    )
    return "\n\n".join(f"{row[0].strip()};" for row in rows) + "\n"
