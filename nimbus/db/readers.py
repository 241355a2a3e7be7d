"""Readers: a few query-only connections, used from worker threads."""

from __future__ import annotations

import queue
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import trio

from nimbus.db.connection import connect
from nimbus.db.transaction import Transaction

T = TypeVar("T")
READERS = 4


class Readers:
    """A read sees one consistent snapshot of the database."""

    def __init__(self, path: Path) -> None:
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._limiter = trio.CapacityLimiter(READERS)
        for _ in range(READERS):
            self._idle.put(connect(path, query_only=True))

    async def run(self, work: Callable[[Transaction], T]) -> T:
        return await trio.to_thread.run_sync(self._read, work, limiter=self._limiter)

    def _read(self, work: Callable[[Transaction], T]) -> T:
        connection = self._idle.get()
        try:
            connection.execute("BEGIN")
            try:
                return work(Transaction(connection))
            finally:
                connection.execute("ROLLBACK")
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        for _ in range(READERS):
            self._idle.get().close()
