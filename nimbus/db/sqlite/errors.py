"""What SQLite's errors mean."""

from __future__ import annotations

import sqlite3

from nimbus.db.migration import DatabaseUnusable
from nimbus.kernel.errors import Conflict, StorageFull


def is_of_store(error: BaseException) -> bool:
    """Disk full, I/O error, interrupted."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def is_damaged(error: BaseException) -> bool:
    """What was read is no database, or contradicts itself."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damaged() -> DatabaseUnusable:
    return DatabaseUnusable(
        "the control plane's database is damaged",
        next_step="Stop the control plane, and put a backup in its place: nimbus restore FILE.",
    )


def in_words(error: Exception) -> Exception:
    """SQLite's errors in the words of the API; any other error as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        conflict = Conflict("the change contradicts what is stored")
        conflict.__cause__ = error
        return conflict
    if is_damaged(error):
        damage = damaged()
        damage.__cause__ = error
        return damage
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL or (code is not None and code & 0xFF == sqlite3.SQLITE_IOERR):
        return StorageFull(
            "the disk of the control plane is full or failing: nothing was written",
            next_step="Free space in the data directory, then try again.",
        )
    return error
