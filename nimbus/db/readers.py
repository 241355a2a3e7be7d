"""Readers: query-only connections, used from worker threads, each read with a deadline."""

from __future__ import annotations

import queue
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import trio

from nimbus.db.connection import connect
from nimbus.db.transaction import Transaction
from nimbus.protocol.errors import NimbusError

T = TypeVar("T")
POINT_READERS, PAGE_READERS = 3, 2
POINT_DEADLINE_S, PAGE_DEADLINE_S = 10.0, 20.0
# How often SQLite asks whether to go on: every so many of its instructions, some tenths of a millisecond.
_INSTRUCTIONS = 20_000


class ReadTooSlow(NimbusError):
    code = "READ_TOO_SLOW"


class ReaderPool:
    """A read sees one consistent snapshot of the database. One that takes longer than `deadline_s` once it has a
    connection is ended by SQLite itself: what waits behind it waits no longer than that."""

    def __init__(self, path: Path, size: int, deadline_s: float) -> None:
        self._size, self._deadline_s = size, deadline_s
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._limiter = trio.CapacityLimiter(size)
        for _ in range(size):
            self._idle.put(connect(path, query_only=True))

    async def run(self, read: Callable[[Transaction], T]) -> T:
        """Raises ReadTooSlow."""
        return await trio.to_thread.run_sync(self._read, read, limiter=self._limiter)

    def _read(self, read: Callable[[Transaction], T]) -> T:
        connection = self._idle.get()
        until = time.monotonic() + self._deadline_s
        connection.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
        try:
            connection.execute("BEGIN")
            try:
                return read(Transaction(connection))
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise ReadTooSlow(
                f"the database did not answer within {self._deadline_s:g} s",
                next_step="Ask for less: a workspace, a state, a shorter time, or no search.",
            ) from None
        finally:
            connection.set_progress_handler(None, 0)
            self._idle.put(connection)

    def close(self) -> None:
        for _ in range(self._size):
            self._idle.get().close()


class Readers:
    """Two pools, so that long ones do not stand before short ones: `points` for what is looked up by an id, and for
    agents; `pages` for lists, which search and count."""

    def __init__(self, path: Path) -> None:
        self.points = ReaderPool(path, POINT_READERS, POINT_DEADLINE_S)
        self.pages = ReaderPool(path, PAGE_READERS, PAGE_DEADLINE_S)

    def close(self) -> None:
        self.points.close()
        self.pages.close()
