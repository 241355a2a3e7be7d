"""Which engine serves a database: imported when a database names it."""

from __future__ import annotations

from nimbus.db.port import Engine, Location


def engine_of(location: Location) -> Engine:
    from nimbus.db.sqlite.engine import SqliteEngine

    return SqliteEngine(location)
