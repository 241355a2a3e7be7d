"""What SQLite's errors mean."""

from __future__ import annotations

import sqlite3

from nimbus.kernel.errors import Conflict, StorageFull


def is_of_store(error: BaseException) -> bool:
    """Disk full, I/O error, interrupted."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def in_words(error: Exception) -> Exception:
    """SQLite's errors in the words of the API; any other error as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        conflict = Conflict("the change contradicts what is stored")
        conflict.__cause__ = error
        return conflict
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL or (code is not None and code & 0xFF == sqlite3.SQLITE_IOERR):
        return StorageFull(
            "the disk of the control plane is full or failing: nothing was written",
            next_step="Free space in the data directory, then try again.",
        )
    return error
