"""The folder of days: one file for what came on a day (UTC), forgotten as a whole."""

from __future__ import annotations

import contextlib
import datetime
import logging
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nimbus.edge.access_logs import store
from nimbus.edge.access_logs.blocks import block_of, merged
from nimbus.edge.access_logs.lines import Read
from nimbus.edge.access_logs.store import Trouble
from nimbus.kernel.errors import StorageFull
from nimbus.protocol.files import free_bytes, private_directory

DAY_S = 86_400
# The control plane's own database is to have the last of the disk.
LEAST_FREE_BYTES = 512 * 1024 * 1024
_EPOCH = datetime.date(1970, 1, 1)
_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.db")
_COMPANIONS = ("", "-wal", "-shm")
log = logging.getLogger("nimbus.access_logs")


class Taken(NamedTuple):
    """Lines that are to be stored, of these bytes of a node's file."""

    node_id: str
    file: str
    start: int
    end: int
    lost: int
    read: Read


class Day(NamedTuple):
    """A day that is open to be read: days since the epoch."""

    number: int
    connection: sqlite3.Connection


def day_files(folder: Path) -> list[tuple[int, Path]]:
    """Day and file, the oldest first."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _FILE.fullmatch(path.name)
        if match:
            with contextlib.suppress(ValueError):
                found.append(((datetime.date.fromisoformat(match[1]) - _EPOCH).days, path))
    return sorted(found)


@contextlib.contextmanager
def open_days(folder: Path, *, before: int | None = None) -> Iterator[Sequence[Day]]:
    """All days as they are at this moment, the newest first; one that cannot be read is left out, and logged."""
    with contextlib.ExitStack() as stack:
        days = []
        for number, path in reversed(day_files(folder)):
            if before is not None and number >= before:
                continue
            try:
                connection = stack.enter_context(contextlib.closing(store.open_to_read(path)))
                connection.execute("BEGIN")
                store.next_number(connection)
            except sqlite3.Error as error:
                log.warning("%s cannot be read: %s", path, error)
                continue
            days.append(Day(number, connection))
        yield days


class DayWriter:
    """The one writer. Blocking; used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._day = -1
        self._connection: sqlite3.Connection | None = None
        self._stored: dict[tuple[str, str], int] | None = None

    def stored(self, node_id: str, file: str) -> int:
        """Up to which byte of a node's file everything is stored."""
        if self._stored is None:
            self._stored = {}
            with open_days(self._folder) as days:
                for day in reversed(days):
                    for key, end in store.stored_ends(day.connection).items():
                        self._stored[key] = max(end, self._stored.get(key, 0))
        return self._stored.get((node_id, file), 0)

    def append(self, batches: Sequence[Taken], day: int) -> list[Taken]:
        """Those that were not stored yet, which now are, durably. Raises StorageFull, sqlite3.Error, OSError."""
        connection = self._open(day)
        if free_bytes(self._folder) < LEAST_FREE_BYTES:
            raise StorageFull(
                f"the disk of {self._folder} has no room for access logs",
                next_step="Free space, or keep them for fewer days: access_log_retention_days.",
            )
        ends: dict[tuple[str, str], int] = {}
        new = []
        connection.execute("BEGIN IMMEDIATE")
        try:
            for batch in batches:
                key = batch.node_id, batch.file
                if batch.start < max(self.stored(*key), ends.get(key, 0)):
                    continue
                self._insert(connection, batch)
                ends[key] = batch.end
                new.append(batch)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if self._stored is not None:
            self._stored.update(ends)
        return new

    def _insert(self, connection: sqlite3.Connection, batch: Taken) -> None:
        if batch.read.entries:
            number = store.next_number(connection)
            store.insert(connection, number, block_of(batch.read.entries))
        store.note_stored(connection, batch.node_id, batch.file, batch.end)
        if batch.read.bad or batch.read.refused or batch.lost:
            store.note_trouble(
                connection, Trouble(batch.node_id, batch.read.bad, batch.read.refused, batch.lost)
            )

    def merge(self, day: int) -> int:
        """Small blocks of this day become larger ones; how many went."""
        connection = self._open(day)
        gone = 0
        for run in store.small_runs(connection, store.next_number(connection)):
            block = merged([store.block(connection, day, head) for head in run])
            store.replace(connection, [head.number for head in run], block)
            gone += len(run) - 1
        return gone

    def _open(self, day: int) -> sqlite3.Connection:
        """A clock that was set back goes on with the day that it had."""
        day = max(day, self._day)
        if self._connection is None or day != self._day:
            if self._connection is not None:
                self.merge(self._day)
                self._connection.close()
                self._connection = None
            private_directory(self._folder)
            self._connection = store.open_to_write(self._folder / f"{_EPOCH + datetime.timedelta(day)}.db")
            self._day = day
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def forget_days(folder: Path, before: int, most_bytes: int) -> list[str]:
    """Delete days before that one, and the oldest as long as all are larger than so many bytes (0: any size); never
    the newest. The names of those that went."""
    files = day_files(folder)
    sizes = {number: sum(file.stat().st_size for file in _all_of(path)) for number, path in files}
    total = sum(sizes.values())
    gone = []
    for number, path in files[:-1]:
        if number >= before and not (most_bytes and total > most_bytes):
            break
        for file in reversed(_all_of(path)):
            file.unlink(missing_ok=True)
        total -= sizes[number]
        gone.append(path.stem)
    return gone


def _all_of(path: Path) -> list[Path]:
    files = [path.with_name(path.name + companion) for companion in _COMPANIONS]
    return [file for file in files if file.exists()]
