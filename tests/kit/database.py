"""A real database in a temporary directory, with every event that it publishes."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nimbus.db import Database
from nimbus.db.connection import connect
from nimbus.db.database import open_database
from nimbus.db.migrate import migrate
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from tests.kit.clock import SettableClock


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
    folder: Path, *, clock: Clock | None = None, bus: EventBus | None = None
) -> AsyncIterator[Database]:
    async with open_database(folder / "nimbus.db", bus or EventBus(), clock or SettableClock()) as database:
        yield database


def plain_connection(folder: Path) -> sqlite3.Connection:
    """A migrated database without a control plane; the caller closes it."""
    migrate(folder / "nimbus.db", SettableClock())
    return connect(folder / "nimbus.db")
