"""Migrations: frozen, numbered SQL files, run forward in one transaction after an automatic backup."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import shutil
import sqlite3
from importlib import resources
from pathlib import Path

import msgspec

from nimbus.db.connection import connect
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import StorageFull
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import sync_directory

log = logging.getLogger("nimbus.db")
# Beside twice the size of the database: the journal of the migration itself.
_MARGIN_BYTES = 32 * 2**20
# What SQLite needs to open a database: its log and the index of that.
_SMALLEST = 2**20
_NO_ROOM = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
)
"""
_OLDEST = re.compile(r"^-- oldest: (\d+)$", re.MULTILINE)


class Migration(msgspec.Struct, frozen=True):
    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def oldest(self) -> int:
        """The schema that an executable has to know, at least, to run on a database with this migration: as a line
        `-- oldest: 15` says, else this one."""
        said = _OLDEST.search(self.sql)
        return int(said[1]) if said else self.version


class DatabaseTooNew(NimbusError):
    code = "DATABASE_TOO_NEW"


class DatabaseUnusable(NimbusError):
    code = "DATABASE_UNUSABLE"


def migrations() -> list[Migration]:
    """All migrations of this executable, in order."""
    folder = resources.files("nimbus.db") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [Migration(int(f.name[:4]), f.name[5:-4], f.read_text("utf-8")) for f in files]


def migrate(path: Path, clock: Clock) -> list[int]:
    """Bring the database at `path` to this executable's version; the versions that were applied.

    All of them run in one transaction, so that a crash leaves the old version, whole.
    """
    known = migrations()
    fresh = not path.exists()
    if fresh:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    try:
        connection = connect(path)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    try:
        pending = _pending(connection, path, known)
        if pending and not fresh:
            _check_space(path)
            try:
                _back_up(connection, path, pending[0].version)
            except OSError as error:
                raise _no_backup(path, error) from None
        _apply(connection, pending, clock)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None
    finally:
        connection.close()
    return [migration.version for migration in pending]


def _unusable(path: Path, error: sqlite3.Error) -> NimbusError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code in _NO_ROOM and shutil.disk_usage(path.parent).free < _SMALLEST):
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


def _check_can_run(connection: sqlite3.Connection, path: Path, knows: int, newest: int) -> None:
    """An older executable on a newer database, after an upgrade that is taken back: each migration says since
    when it can. Raises DatabaseTooNew."""
    needed = knows + 1
    if _has_oldest(connection):
        needed = connection.execute(
            "SELECT MAX(oldest) FROM schema_migrations WHERE version > ?", (knows,)
        ).fetchone()[0]
    if needed > knows:
        raise DatabaseTooNew(
            f"{path} was written by a newer Nimbus (schema {newest}, this one knows {knows})",
            next_step="Start the newer executable, or restore the backup made before the upgrade.",
        )
    log.warning("%s was written by a newer Nimbus (schema %d); this one can run on it", path, newest)


def _has_oldest(connection: sqlite3.Connection) -> bool:
    columns = connection.execute("PRAGMA table_info(schema_migrations)").fetchall()
    return "oldest" in {column[1] for column in columns}


def _check_space(path: Path) -> None:
    """For the backup, a copy of the database, and what the migrations themselves write. Raises StorageFull."""
    log = path.with_name(path.name + "-wal")
    size = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    free = shutil.disk_usage(path.parent).free
    if free < 2 * size + _MARGIN_BYTES:
        wanted, there = (2 * size + _MARGIN_BYTES) // 2**20, free // 2**20
        raise StorageFull(
            f"the disk that holds {path} has {there} MiB free; the upgrade makes a backup first and needs {wanted}",
            next_step="Free space, then start again. Nothing was changed.",
        )


def _no_backup(path: Path, error: OSError) -> NimbusError:
    if error.errno == errno.ENOSPC:
        return StorageFull(f"the disk that holds {path} is full", next_step="Free space and start again.")
    return DatabaseUnusable(f"the backup before the migration of {path} cannot be written: {error.strerror}")


def _pending(connection: sqlite3.Connection, path: Path, known: list[Migration]) -> list[Migration]:
    exists = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
    ).fetchone()
    applied = (
        dict(connection.execute("SELECT version, checksum FROM schema_migrations").fetchall())
        if exists
        else {}
    )
    newest = max((migration.version for migration in known), default=0)
    if applied and max(applied) > newest:
        _check_can_run(connection, path, newest, max(applied))
    for migration in known:
        if applied.get(migration.version, migration.checksum) != migration.checksum:
            raise DatabaseUnusable(
                f"migration {migration.version} of {path} is not the one of this executable"
            )
    return [migration for migration in known if migration.version not in applied]


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """One backup per migration that it was made before: a service that fails and is started again and again does
    not fill the disk with them."""
    folder = path.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{path.stem}-before-migration-{version:04}.db"
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


def _apply(connection: sqlite3.Connection, pending: list[Migration], clock: Clock) -> None:
    if not pending:
        return
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_LEDGER)
        if not _has_oldest(connection):
            connection.execute(
                "ALTER TABLE schema_migrations ADD COLUMN oldest INTEGER NOT NULL DEFAULT 1000000"
            )
        for migration in pending:
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
    found: list[str] = []
    buffer = ""
    for line in sql.splitlines(keepends=True):
        if not buffer and not line.split("--")[0].strip():
            continue
        buffer += line
        if sqlite3.complete_statement(buffer):
            found.append(buffer.strip())
            buffer = ""
    if buffer.strip():
        raise ValueError(f"unfinished statement at the end of a migration: {buffer.strip()[:60]}")
    return found


def schema_of(connection: sqlite3.Connection) -> str:
    """Every table and index as SQL, in a stable order: what `schema.sql` must equal."""
    rows = connection.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name"
    )
    return "\n\n".join(f"{row[0].strip()};" for row in rows) + "\n"
