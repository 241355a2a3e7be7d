"""Readers: connections that only read, used from worker threads, each read with a deadline."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import TypeVar

import trio

from nimbus.db.port import Engine, ReadSession
from nimbus.db.transaction import Transaction
from nimbus.protocol.errors import NimbusError

T = TypeVar("T")
POINT_READERS, PAGE_READERS = 3, 2
POINT_DEADLINE_S, PAGE_DEADLINE_S = 10.0, 20.0


class ReaderPool:
    """A read sees one consistent snapshot of the database. One that takes longer than `deadline_s` once it has a
    connection is ended by the database itself: what waits behind it waits no longer than that."""

    def __init__(self, engine: Engine, size: int, deadline_s: float) -> None:
        self._size = size
        self._idle: queue.SimpleQueue[ReadSession] = queue.SimpleQueue()
        self._limiter = trio.CapacityLimiter(size)
        for _ in range(size):
            self._idle.put(engine.read_session(deadline_s))

    async def run(self, read: Callable[[Transaction], T]) -> T:
        """Raises ReadTooSlow, Unavailable."""
        return await trio.to_thread.run_sync(self._read, read, limiter=self._limiter)

    async def answers(self, within_s: float) -> bool:
        """Whether the database does, in that time. A read that hangs is left behind; its connection comes back when
        it ends."""
        with trio.move_on_after(within_s):
            try:
                await trio.to_thread.run_sync(
                    self._read, _nothing, limiter=self._limiter, abandon_on_cancel=True
                )
            except NimbusError:
                return False
            return True
        return False

    def _read(self, read: Callable[[Transaction], T]) -> T:
        session = self._idle.get()
        try:
            with session.snapshot():
                return read(Transaction(session))
        finally:
            self._idle.put(session)

    def close(self) -> None:
        for _ in range(self._size):
            self._idle.get().close()


def _nothing(tx: Transaction) -> None:
    tx.value("SELECT 1")


class Readers:
    """Two pools, so that long ones do not stand before short ones: `points` for what is looked up by an id, and for
    agents; `pages` for lists, which search and count."""

    def __init__(self, engine: Engine) -> None:
        self.points = ReaderPool(engine, POINT_READERS, POINT_DEADLINE_S)
        self.pages = ReaderPool(engine, PAGE_READERS, PAGE_DEADLINE_S)

    def close(self) -> None:
        self.points.close()
        self.pages.close()
