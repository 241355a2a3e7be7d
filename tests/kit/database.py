"""A real database in a temporary directory, with every event that it publishes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nimbus.db import Database, Transaction
from nimbus.db.database import open_database, write_once
from nimbus.db.engine import engine_of
from nimbus.db.port import Location, WriteSession
from nimbus.db.sqlite.connection import connect
from nimbus.db.sqlite.migrate import migrate
from nimbus.db.sqlite.sessions import SqliteWriteSession
from nimbus.db.writer import BeforeCommit
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from nimbus.settings.configuration import ControlPlaneConfig
from tests.kit import postgresql
from tests.kit.clock import SettableClock

# Of the run, also for processes that it starts.
ENGINE = "NIMBUS_TEST_ENGINE"


class RecordingBus(EventBus):
    """Keeps what was published, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[object] = []

    def publish(self, event: object) -> None:
        self.published.append(event)
        super().publish(event)

    def of(self, kind: type) -> list[object]:
        return [event for event in self.published if isinstance(event, kind)]


@asynccontextmanager
async def store(
    folder: Path,
    *,
    clock: Clock | None = None,
    bus: EventBus | None = None,
    before_commit: BeforeCommit | None = None,
) -> AsyncIterator[Database]:
    async with open_database(
        place(folder), bus or EventBus(), clock or SettableClock(), before_commit=before_commit
    ) as database:
        yield database


def place(folder: Path) -> Location:
    """Where the database of a test with this folder is, of the engine of this run."""
    return postgresql.databases().of(folder) if is_postgresql() else folder / "nimbus.db"


def database_setting(folder: Path) -> str:
    """The setting `database` of a control plane of a test with this folder."""
    return postgresql.databases().of(folder) if is_postgresql() else ""


def database_of(config: ControlPlaneConfig) -> Location:
    """Where the database of this control plane is, to look into it beside it."""
    return config.database or Path(config.data_dir) / "nimbus.db"


def look(config: ControlPlaneConfig, sql: str) -> list[tuple[Any, ...]]:
    """Rows, beside a control plane that may run."""
    return write_once(database_of(config), lambda tx: [tuple(row) for row in tx.all(sql)])


def change(config: ControlPlaneConfig, *statements: str) -> None:
    """As somebody does who has the database and goes past the control plane."""

    def execute_all(tx: Transaction) -> None:
        for statement in statements:
            tx.execute(statement)

    write_once(database_of(config), execute_all)


def tables(config: ControlPlaneConfig) -> list[str]:
    sql = (
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        if config.database
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    return [row[0] for row in look(config, sql)]


def is_postgresql() -> bool:
    """Whether tests run on PostgreSQL: pytest --engine postgresql."""
    return os.environ.get(ENGINE) == "postgresql"


def plain_session(folder: Path) -> WriteSession:
    """A migrated database without a control plane, each statement durable on its own; the caller closes it."""
    engine = engine_of(place(folder))
    engine.migrate(SettableClock())
    return engine.write_session()


def plain_connection(folder: Path) -> sqlite3.Connection:
    """The same of SQLite, for what only its own connection can tell."""
    migrate(folder / "nimbus.db", SettableClock())
    return connect(folder / "nimbus.db")


def writer_connection(database: Database) -> sqlite3.Connection:
    """SQLite's connection that writes, to make it fail."""
    session = database._writer._session
    assert isinstance(session, SqliteWriteSession)
    return session.connection
