"""Connections and their pragmas: the one place."""

from __future__ import annotations

import sqlite3
from pathlib import Path

BUSY_TIMEOUT_MS = 5_000
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # FULL: a commit that was answered survives a power cut, not only a killed process.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    "PRAGMA trusted_schema = OFF",
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
    """Move the write-ahead log into the database file and empty it."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
