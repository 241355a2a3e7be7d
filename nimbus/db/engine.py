"""Which engine serves a database: imported when a database names it."""

from __future__ import annotations

from pathlib import Path

from nimbus.db.port import Engine, Location


def engine_of(location: Location) -> Engine:
    if isinstance(location, Path):
        from nimbus.db.sqlite.engine import SqliteEngine

        return SqliteEngine(location)
    from nimbus.db.postgresql.engine import PostgresqlEngine

    return PostgresqlEngine(location)
