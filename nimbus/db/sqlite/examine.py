"""Looking at a database without touching it: for `nimbus doctor`, while a control plane may run on it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from nimbus.db.sqlite.errors import is_damaged

# A check reads the whole file.
CHECKED_BYTES = 512 * 2**20
_BUSY_S = 2.0


class Examined(msgspec.Struct, frozen=True):
    """`version` is that of the schema, 0 of a file without one. `checked`: every page was looked at."""

    version: int
    damage: str
    checked: bool


def examine(path: Path) -> Examined:
    """Opened read-only: closing it moves no write-ahead log. Raises sqlite3.Error when it cannot be read."""
    # Without a log nobody has it open; read-only alone would leave an empty log beside it.
    alone = "&immutable=1" if not path.with_name(path.name + "-wal").exists() else ""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True, timeout=_BUSY_S)
    try:
        checked = path.stat().st_size <= CHECKED_BYTES
        says = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if checked else "ok"
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").fetchone()
        newest = (
            connection.execute("SELECT max(version) FROM schema_migrations").fetchone()[0] if known else 0
        )
    except sqlite3.DatabaseError as error:
        if not is_damaged(error):
            raise
        return Examined(0, str(error), checked=True)
    finally:
        connection.close()
    return Examined(newest or 0, "" if says == "ok" else str(says), checked)
