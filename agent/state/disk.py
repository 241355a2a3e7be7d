"""Why a disk takes nothing, in words."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from nimbus.protocol.files import free_bytes

# Less than this is as good as nothing: the next small file does not fit.
LEAST_FREE_BYTES = 64 * 1024
FULL = "the disk is full"
READ_ONLY = "the disk is read-only"
SILENT = "the disk does not answer"
_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT)


def look(folder: Path) -> str:
    """What is wrong with the disk that holds `folder`; "" for nothing. Blocks. Nothing is written."""
    try:
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return READ_ONLY
        return FULL if free_bytes(folder) < LEAST_FREE_BYTES else ""
    except OSError as error:
        return why(error)


def why(error: BaseException) -> str:
    """An error of the operating system, or of SQLite, as a reason."""
    if isinstance(error, OSError):
        if error.errno in _FULL_ERRORS:
            return FULL
        if error.errno == errno.EROFS:
            return READ_ONLY
        return f"the disk fails: {error.strerror or error}"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return FULL
    if code == sqlite3.SQLITE_READONLY:
        return READ_ONLY
    return f"the disk fails: {error}"


def is_to_blame(error: BaseException) -> bool:
    """Whether SQLite failed at the disk, or at the file: not at a mistake in a statement."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def is_damaged(error: BaseException) -> bool:
    """What was read is no database, or contradicts itself."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
