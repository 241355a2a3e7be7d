"""Which engine serves a database: imported when a database names it."""

from __future__ import annotations

from pathlib import Path

from nimbus.db.migration import DatabaseUnusable
from nimbus.db.port import Engine, Location


def engine_of(location: Location) -> Engine:
    """Raises DatabaseUnusable, UsageError."""
    if isinstance(location, Path):
        from nimbus.db.sqlite.engine import SqliteEngine

        return SqliteEngine(location)
    try:
        from nimbus.db.postgresql.engine import PostgresqlEngine
    except ImportError as error:
        raise DatabaseUnusable(
            f"PostgreSQL needs its client library libpq, which cannot be loaded: {str(error).splitlines()[0]}",
            next_step="Install it (Debian: apt install libpq5), then start again.",
        ) from None
    return PostgresqlEngine(location)
