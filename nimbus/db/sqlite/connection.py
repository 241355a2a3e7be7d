"""Connections and their pragmas: the one place."""

from __future__ import annotations

import sqlite3
from pathlib import Path

BUSY_TIMEOUT_MS = 5_000
# To what the write-ahead log is cut when it begins anew.
LOG_LIMIT_BYTES = 64 * 1024 * 1024
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # FULL: a commit that was answered survives a power cut, not only a killed process.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    "PRAGMA trusted_schema = OFF",
    # Only the writer moves the log into the database (stamps.py): before 3.51.3 SQLite could lose what two
    # connections did at once (sqlite.org/wal.html, "The WAL-Reset Bug").
    "PRAGMA wal_autocheckpoint = 0",
    f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}",
)


def connect(path: Path, *, query_only: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode: transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.row_factory = sqlite3.Row
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if query_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the database file and empty it; waits for readers."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
