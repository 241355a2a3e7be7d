"""The tables of the state file, by version (`PRAGMA user_version`): each script brings the one before it further.

A script that was released is not changed any more.
"""

from __future__ import annotations

import sqlite3

_MIGRATIONS = (
    """
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE tasks (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        lease BLOB NOT NULL,
        starts INTEGER NOT NULL,
        stops INTEGER NOT NULL,
        result BLOB
    );
    CREATE TABLE log_lines (
        task_id TEXT NOT NULL,
        line INTEGER NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (task_id, line)
    );
    CREATE TABLE sections (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, checksum TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE documents (
        section TEXT NOT NULL,
        key TEXT NOT NULL,
        document BLOB NOT NULL,
        PRIMARY KEY (section, key)
    );
    CREATE TABLE samples (number INTEGER PRIMARY KEY, sample BLOB NOT NULL);
    CREATE TABLE filler (content BLOB NOT NULL);
    """,
)
NEWEST = len(_MIGRATIONS)


class TooNew(Exception):
    """A newer agent wrote the file."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to this version, in one transaction. Raises TooNew, and sqlite3.Error with nothing done."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > NEWEST:
        raise TooNew(f"version {version}, and this agent knows {NEWEST}")
    if version == NEWEST:
        return
    script = "".join(_MIGRATIONS[version:])
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {NEWEST}; COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
