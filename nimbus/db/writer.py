"""The writer thread: closures in, one durable commit for all that wait together, answers after it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from nimbus.db.port import Engine
from nimbus.db.transaction import Transaction
from nimbus.kernel.errors import Unavailable

Work = Callable[[Transaction], Any]
# Called on the writer thread's behalf by `deliver`: (value, error, events); exactly one of value/error counts.
Done = Callable[[Any, BaseException | None, list[object]], None]
Batch = list[tuple[Done, Any, BaseException | None, list[object]]]
# Called once in each transaction, before it commits, with the events of all that succeeded in it, in order. What it
# returns is published before them, when the transaction has committed.
BeforeCommit = Callable[[Transaction, list[object]], list[object]]

GROUP_LIMIT = 512
# A commit that takes longer does not come back.
STUCK_S = 60.0
log = logging.getLogger("nimbus.db")


class Writer:
    """Owns the one session that writes. `deliver` is handed each finished batch, on the writer thread."""

    def __init__(
        self, engine: Engine, deliver: Callable[[Batch], None], before_commit: BeforeCommit | None = None
    ) -> None:
        self._engine = engine
        self._deliver = deliver
        self._before_commit = before_commit
        self._queue: queue.SimpleQueue[tuple[Work, Done] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="nimbus-db-writer", daemon=True)
        self._session = engine.write_session()
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
                "the database writer has died: the control plane stops, to be restarted",
                next_step="Look at the log for what ended it.",
            ) from self._death
        if self._is_stuck():
            words, next_step = self._engine.stuck
            raise Unavailable(f"{words} for {STUCK_S:g} s", next_step=next_step)

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
        running = True
        while running:
            group, running = self._next_group()
            self._busy_since = time.monotonic()
            if group:
                self._deliver(self._commit(group))
                self._session.rest(is_idle=self._queue.empty())
            self._busy_since = None
        self._session.finish()
        self._session.close()

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
            self._session.begin()
            batch = [self._run_one(work, done) for work, done in group]
            if self._before_commit is not None:
                events = [event for *_, emitted in batch for event in emitted]
                if events:
                    first = self._before_commit(Transaction(self._session), events)
                    batch.insert(0, (_nobody, None, None, first))
            self._session.commit()
        except Exception as error:  # noqa: BLE001  (handed to the callers, whatever it is)
            # Nothing of the group is durable: nobody may be told otherwise.
            self._session.roll_back()
            failure = self._session.in_words(error)
            return [(done, None, failure, []) for _, done in group]
        return batch

    def _run_one(self, work: Work, done: Done) -> tuple[Done, Any, BaseException | None, list[object]]:
        """Run one closure in a savepoint: its failure undoes its own statements only."""
        session = self._session
        transaction = Transaction(session)
        session.command("SAVEPOINT one")
        try:
            value = work(transaction)
            session.command("RELEASE SAVEPOINT one")
        except Exception as error:  # noqa: BLE001  (handed to the caller, whatever it is)
            if not session.in_transaction:
                # The engine itself gave the whole transaction up (disk full, I/O error, connection lost).
                raise session.given_up(error) from None
            session.command("ROLLBACK TO SAVEPOINT one")
            session.command("RELEASE SAVEPOINT one")
            return done, None, session.in_words(error), []
        return done, value, None, transaction.events


def _nobody(_value: object, _error: BaseException | None, _events: list[object]) -> None:
    """Nobody waits for it."""
