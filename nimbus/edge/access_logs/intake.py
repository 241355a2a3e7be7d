"""Batches of agents, on their way to the disk: read in threads, written together, acknowledged when durable."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.edge.access_logs.days import DAY_S, DayWriter, Taken, forget_days
from nimbus.edge.access_logs.lines import Read, read_lines
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.errors import RateLimited, Unavailable, invalid
from nimbus.protocol.access_logs import BadBatch, LogBatchTaken, decode_batch
from nimbus.protocol.attempts import Attempts

# Of all nodes together, of 1 MiB each at most.
MOST_WAITING = 64
READERS = 2
MERGE_INTERVAL_S = 60.0
GIB = 2**30
log = logging.getLogger("nimbus.access_logs")


class Retention(msgspec.Struct, frozen=True):
    """0: without end, of any size."""

    days: int
    most_bytes: int


class Served(Protocol):
    def served_by(self, tx: Transaction, node_id: str) -> tuple[str, Mapping[str, str]]:
        """The workspace of a node, and the virtual hosts that it serves with the workspace of each. Raises
        NotFound."""


Heard = Callable[[Sequence[Taken]], None]


class _Waiting:
    __slots__ = ("done", "error", "taken")

    def __init__(self, taken: Taken) -> None:
        self.taken = taken
        self.done = False
        self.error: Exception | None = None


class Intake:
    """Belongs to the Trio thread. `heard` is called with what is new, after it is durable."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        clock: Clock,
        served: Served,
        heard: Heard,
        retention: Retention,
    ) -> None:
        self._folder = folder
        self._database, self._clock, self._served, self._heard = database, clock, served, heard
        self.retention = retention
        self._writer = DayWriter(folder)
        self._lock = trio.Lock()
        self._readers = trio.CapacityLimiter(READERS)
        self._waiting: list[_Waiting] = []
        self._under_way = 0
        self.rows = 0

    async def take(self, node_id: str, body: bytes) -> LogBatchTaken:
        """Durable when this returns. Raises ValidationError, NotFound, RateLimited, StorageFull, Unavailable."""
        if self._under_way >= MOST_WAITING:
            raise RateLimited("more access logs come than can be written", retry_after=5)
        self._under_way += 1
        try:
            workspace_id, served = await self._database.read(lambda tx: self._served.served_by(tx, node_id))
            now_ms = self._clock.now() // 1000
            taken = await trio.to_thread.run_sync(
                _read, body, node_id, workspace_id, served, now_ms, limiter=self._readers
            )
            return await self._store(taken)
        finally:
            self._under_way -= 1

    async def _store(self, taken: Taken) -> LogBatchTaken:
        waiting = _Waiting(taken)
        self._waiting.append(waiting)
        async with self._lock:
            if not waiting.done:
                group, self._waiting = self._waiting, []
                await self._write(group)
            if waiting.error is not None:
                raise waiting.error
            stored = await trio.to_thread.run_sync(self._writer.stored, taken.node_id, taken.file)
        return LogBatchTaken(stored)

    async def _write(self, group: Sequence[_Waiting]) -> None:
        error: Exception | None = None
        new: list[Taken] = []
        try:
            batches = [waiting.taken for waiting in group]
            new = await trio.to_thread.run_sync(self._writer.append, batches, self._today())
        except (sqlite3.Error, OSError) as problem:
            log.error("access logs cannot be written: %s", problem)
            error = Unavailable(f"access logs cannot be written: {problem}")
        except Exception as problem:  # noqa: BLE001  (it is the answer to each of them)
            error = problem
        for waiting in group:
            waiting.done, waiting.error = True, error
        self.rows += sum(len(batch.read.entries) for batch in new)
        if new:
            self._heard(new)

    def _today(self) -> int:
        return int(to_seconds(self._clock.now())) // DAY_S

    async def keep(self) -> None:
        """Until cancelled: small blocks are merged, days forgotten."""
        attempts = Attempts(log, "access logs could not be kept in order", "trying again in a minute")
        while True:
            await trio.sleep(MERGE_INTERVAL_S)
            with attempts:
                await self.tidy()

    async def tidy(self) -> None:
        if not await trio.to_thread.run_sync(self._folder.is_dir):
            return
        today, kept = self._today(), self.retention
        before = today - kept.days if kept.days else 0
        async with self._lock:
            await trio.to_thread.run_sync(self._writer.merge, today)
            gone = await trio.to_thread.run_sync(partial(forget_days, self._folder, before, kept.most_bytes))
        for name in gone:
            log.info("the access logs of %s are deleted: their time or their place is over", name)

    def close(self) -> None:
        self._writer.close()


def _read(body: bytes, node_id: str, workspace_id: str, served: Mapping[str, str], now_ms: int) -> Taken:
    try:
        batch, text = decode_batch(body)
    except BadBatch as error:
        raise invalid("body", str(error)) from None
    read: Read = read_lines(text, node_id, workspace_id, served, now_ms)
    return Taken(node_id, batch.file, batch.start, batch.end, batch.lost, read)
