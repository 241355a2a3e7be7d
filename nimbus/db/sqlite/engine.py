"""The engine: the database is one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nimbus.db.port import ReadSession, WriteSession
from nimbus.db.sqlite.migrate import migrate
from nimbus.db.sqlite.sessions import SqliteReadSession, SqliteWriteSession
from nimbus.kernel.clock import Clock


class SqliteEngine:
    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def place(self) -> str:
        return str(self._path)

    @property
    def stuck(self) -> tuple[str, str]:
        return "the disk has not taken a change", "Look at the disk of the data directory."

    def migrate(self, clock: Clock) -> list[int]:
        return migrate(self._path, clock)

    def write_session(self) -> WriteSession:
        return SqliteWriteSession(self._path)

    def listen(self, _woken: Callable[[], None], /) -> None:
        return None

    def read_session(self, deadline_s: float) -> ReadSession:
        return SqliteReadSession(self._path, deadline_s)
