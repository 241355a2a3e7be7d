"""The writer thread: closures in, one durable commit for all that wait together, answers after it."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nimbus.db.connection import checkpoint, connect
from nimbus.db.table_versions import ChangedTables
from nimbus.db.transaction import Transaction
from nimbus.kernel.errors import Conflict, StorageFull, Unavailable

Work = Callable[[Transaction], Any]
# Called on the writer thread's behalf by `deliver`: (value, error, events); exactly one of value/error counts.
Done = Callable[[Any, BaseException | None, list[object]], None]
Batch = list[tuple[Done, Any, BaseException | None, list[object]]]
# Called once in each transaction, before it commits, with the events of all that succeeded in it, in order.
BeforeCommit = Callable[[Transaction, list[object]], None]

GROUP_LIMIT = 512
# A commit that takes longer does not come back.
STUCK_S = 60.0
# Commits between two checkpoints: at rest, and while there is more to write.
CHECKPOINT_COMMITS, CHECKPOINT_COMMITS_BUSY = 50, 500
log = logging.getLogger("nimbus.db")
_BEGIN = "BEGIN IMMEDIATE"


class Writer:
    """Owns the one write connection. `deliver` is handed each finished batch, on the writer thread."""

    def __init__(
        self, path: Path, deliver: Callable[[Batch], None], before_commit: BeforeCommit | None = None
    ) -> None:
        self._path = path
        self._deliver = deliver
        self._before_commit = before_commit
        self._queue: queue.SimpleQueue[tuple[Work, Done] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="nimbus-db-writer", daemon=True)
        self._connection = connect(path)
        self._changed = ChangedTables(self._connection)
        self._closed = False
        self._death: BaseException | None = None
        # Of the monotonic clock; None at rest. Written by the writer thread, read by anybody.
        self._busy_since: float | None = None

    def start(self) -> None:
        self._thread.start()

    def submit(self, work: Work, done: Done) -> None:
        if self._closed:
            raise Unavailable("the control plane is shutting down", next_step="Try again in a moment.")
        self._queue.put((work, done))

    def close(self) -> None:
        """Finish what was submitted, checkpoint, close. Blocks until the thread has ended; not for one that is
        stuck, which ends with the process."""
        self._closed = True
        self._queue.put(None)
        while self._thread.is_alive() and not self._is_stuck():
            self._thread.join(1.0)

    def check(self) -> None:
        """Raises Unavailable when nothing will be written any more."""
        if self._death is not None:
            raise Unavailable(
                "the writer of the database has died: the control plane ends, to be started anew",
                next_step="Look at the log for what ended it.",
            ) from self._death
        if self._is_stuck():
            raise Unavailable(
                f"the disk has not taken a change for {STUCK_S:g} s",
                next_step="Look at the disk of the data directory.",
            )

    def _is_stuck(self) -> bool:
        since = self._busy_since
        return since is not None and time.monotonic() - since > STUCK_S

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:
            self._death = error
            log.critical("the writer of the database has died", exc_info=True)
            self._refuse_the_rest()

    def _serve(self) -> None:
        running, commits = True, 0
        while running:
            group, running = self._next_group()
            self._busy_since = time.monotonic()
            if group:
                self._deliver(self._commit(group))
                commits += 1
            # After the answers. At rest at once, so that the log stays short; else when it has become long.
            if commits >= (CHECKPOINT_COMMITS if self._queue.empty() else CHECKPOINT_COMMITS_BUSY):
                checkpoint(self._connection)
                commits = 0
            self._busy_since = None
        checkpoint(self._connection, truncate=True)
        self._connection.close()

    def _refuse_the_rest(self) -> None:
        """Whoever waits hears that nothing was written, and so does everybody who comes."""
        while (item := self._queue.get()) is not None:
            error = Unavailable("nothing is written any more: the control plane ends")
            self._deliver([(item[1], None, error, [])])

    def _next_group(self) -> tuple[list[tuple[Work, Done]], bool]:
        item = self._queue.get()
        group: list[tuple[Work, Done]] = []
        while item is not None:
            group.append(item)
            if len(group) == GROUP_LIMIT:
                return group, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _commit(self, group: list[tuple[Work, Done]]) -> Batch:
        try:
            self._connection.execute(_BEGIN)
            batch = [self._run_one(work, done) for work, done in group]
            if self._before_commit is not None:
                events = [event for *_, emitted in batch for event in emitted]
                if events:
                    self._before_commit(Transaction(self._connection, self._changed), events)
            self._changed.count()
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  (handed to the callers, whatever it is)
            # Nothing of the group is durable: nobody may be told otherwise.
            self._roll_back()
            failure = storage_error(error)
            return [(done, None, failure, []) for _, done in group]
        return batch

    def _run_one(self, work: Work, done: Done) -> tuple[Done, Any, BaseException | None, list[object]]:
        """Run one closure in a savepoint: its failure undoes its own statements only."""
        # What is undone counts as a change too: it costs a look, no more.
        transaction = Transaction(self._connection, self._changed)
        self._connection.execute("SAVEPOINT one")
        try:
            value = work(transaction)
        except Exception as error:  # noqa: BLE001  (handed to the caller, whatever it is)
            if not self._connection.in_transaction:
                # SQLite itself gave the whole transaction up (disk full, I/O error).
                raise (
                    error if isinstance(error, sqlite3.Error) else sqlite3.OperationalError(str(error))
                ) from None
            self._connection.execute("ROLLBACK TO one")
            self._connection.execute("RELEASE one")
            return done, None, storage_error(error), []
        self._connection.execute("RELEASE one")
        return done, value, None, transaction.events

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def storage_error(error: BaseException) -> BaseException:
    """SQLite's errors in the words of the API; any other error as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        conflict = Conflict("the change contradicts what is stored")
        conflict.__cause__ = error
        return conflict
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL or (code is not None and code & 0xFF == sqlite3.SQLITE_IOERR):
        return StorageFull(
            "the disk of the control plane is full or failing: nothing was written",
            next_step="Free space in the data directory, then try again.",
        )
    return error
