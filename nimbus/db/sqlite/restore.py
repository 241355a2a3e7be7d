"""Put a copy of the database in the place of the present one. The control plane must not run."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from nimbus.db.generation import Generation, Watermark, begin_generation, watermark
from nimbus.db.migration import DatabaseUnusable
from nimbus.db.sqlite.connection import checkpoint, connect
from nimbus.db.sqlite.migrate import migrate
from nimbus.db.sqlite.sessions import SqliteSession, SqliteWriteSession
from nimbus.db.transaction import Transaction
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import StorageFull
from nimbus.protocol.files import free_name, sync_directory

_PARTS = ("", "-wal", "-shm", "-stamps")
log = logging.getLogger("nimbus.db")


class Restored(msgspec.Struct, frozen=True):
    """`set_aside` is where the database of before is now; None: there was none."""

    generation: Generation
    set_aside: Path | None


def restore(
    copy: Path,
    database: Path,
    clock: Clock,
    *,
    stamp: str,
    reached: Watermark | None,
    check: Callable[[Transaction], None] = lambda _tx: None,
) -> Restored:
    """`stamp` names what is set aside; `reached` is how far the present database had come, as far as is known
    beside it; `check` raises when the copy cannot be served (its master key is not there). Nothing is changed when
    anything fails. Raises DatabaseUnusable, StorageFull, DatabaseTooNew."""
    unfinished = database.with_name(database.name + ".restoring")
    try:
        _copy(copy, unfinished)
        migrate(unfinished, clock, called=str(copy))
        known = [mark for mark in (reached, _watermark_of(database)) if mark is not None]
        begun = _begin(unfinished, known, check)
        set_aside = _swap(unfinished, database, stamp)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(database) from None
        raise
    finally:
        for part in _PARTS:
            Path(str(unfinished) + part).unlink(missing_ok=True)
    return Restored(begun, set_aside)


def _copy(copy: Path, target: Path) -> None:
    """With what waits in the copy's write-ahead log, checked page by page."""
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source = _opened(copy)
        try:
            _check_whole(source, copy)
            into = sqlite3.connect(target)
            try:
                source.backup(into)
            finally:
                into.close()
        finally:
            source.close()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise _full(target) from None
        raise DatabaseUnusable(
            f"{copy} cannot be restored: {error}", next_step="Nothing was changed. Try another backup."
        ) from None


def _opened(copy: Path) -> sqlite3.Connection:
    """To be read. SQLite wants to write beside it, which a read-only disk does not let it; without a log it need
    not."""
    place = f"{copy.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(place, uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError as error:
        connection.close()
        waiting = copy.with_name(copy.name + "-wal")
        has_log = waiting.exists() and waiting.stat().st_size > 0
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) or has_log:
            raise
        return sqlite3.connect(f"{place}&immutable=1", uri=True)
    return connection


def _check_whole(source: sqlite3.Connection, copy: Path) -> None:
    verdict = source.execute("PRAGMA quick_check(1)").fetchone()[0]
    ours = source.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").fetchone()
    if verdict != "ok" or not ours:
        reason = "it is damaged: " + verdict if verdict != "ok" else "it is no database of a control plane"
        raise DatabaseUnusable(
            f"{copy} cannot be restored: {reason}", next_step="Nothing was changed. Try another backup."
        )


def _begin(file: Path, known: list[Watermark], check: Callable[[Transaction], None]) -> Generation:
    session = SqliteWriteSession(file)
    try:
        session.begin()
        tx = Transaction(session)
        check(tx)
        own = watermark(tx)
        numbers = [mark.number for mark in known if own is None or mark.lineage in ("", own.lineage)]
        begun = begin_generation(tx, max(numbers, default=0) + 1)
        session.commit()
        session.finish()
        return begun
    finally:
        session.close()


def _watermark_of(database: Path) -> Watermark | None:
    """Of the present database, if it can be read at all: it may be the reason for restoring."""
    if not database.exists():
        return None
    try:
        connection = connect(database)
        try:
            return watermark(Transaction(SqliteSession(connection)))
        finally:
            connection.close()
    except sqlite3.Error:
        return None


def _swap(unfinished: Path, database: Path, stamp: str) -> Path | None:
    """The old file gets another name beside its own, its log goes aside, then the new one takes the name: at every
    moment there is a database."""
    with open(unfinished, "rb") as stream:
        os.fsync(stream.fileno())
    aside = free_name(database.with_name(f"{database.name}.before-restore-{stamp}"))
    there = database.exists()
    if there:
        _move_log_in(database)
        os.link(database, aside)
    for part in ("-wal", "-shm"):
        old = Path(str(database) + part)
        if old.exists():
            os.replace(old, str(aside) + part)
    Path(f"{database}-stamps").unlink(missing_ok=True)
    os.replace(unfinished, database)
    sync_directory(database.parent)
    return aside if there else None


def _move_log_in(database: Path) -> None:
    """So that the old database is whole without its log, if this is as far as we come."""
    try:
        connection = connect(database)
        try:
            checkpoint(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        log.warning("the log of the present database cannot be moved into it: %s", error)


def _full(path: Path) -> StorageFull:
    return StorageFull(
        f"the disk that holds {path.parent} is full",
        next_step="Nothing was changed. Free space, then try again.",
    )
