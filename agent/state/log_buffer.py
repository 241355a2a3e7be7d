"""Lines of tasks on disk, from when they are said until the control plane has them."""

from __future__ import annotations

import sqlite3

from agent.state.database import StateDatabase

Line = tuple[int, str]
"""A number within the attempt, and a text."""
# Of a line; pages are not filled by lines of any length.
_OVERHEAD_BYTES = 128


class LogBuffer:
    """Belongs to the Trio thread. Nothing is synced: a power cut may cost the last lines, a kill does not. Every
    method raises StateUnwritable."""

    def __init__(self, database: StateDatabase) -> None:
        self._database = database

    async def add(self, task_id: str, lines: list[Line]) -> None:
        rows = [(task_id, number, text) for number, text in lines]
        size = sum(_OVERHEAD_BYTES + len(text.encode()) * 3 // 2 for _, text in lines)

        def insert(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO log_lines (task_id, line, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows
            )

        await self._database.perform(insert, size=size, spare=False)

    async def after(self, task_id: str, number: int, limit: int) -> list[Line]:
        """The next lines after this number, in order."""

        def read(connection: sqlite3.Connection) -> list[Line]:
            return connection.execute(
                "SELECT line, text FROM log_lines WHERE task_id = ? AND line > ? ORDER BY line LIMIT ?",
                (task_id, number, limit),
            ).fetchall()

        return await self._database.perform(read)

    async def drop(self, task_id: str, through: int) -> None:
        """Lines up to this number are not needed any more."""

        def delete(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM log_lines WHERE task_id = ? AND line <= ?", (task_id, through))

        await self._database.perform(delete)
