"""The door to the store."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import outcome
import trio

from nimbus.db.claims import claimed
from nimbus.db.engine import engine_of
from nimbus.db.pages import PageCache, Rows
from nimbus.db.port import Engine, Location
from nimbus.db.readers import Readers
from nimbus.db.transaction import Transaction
from nimbus.db.writer import Batch, BeforeCommit, Writer
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Unavailable
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Listed

T = TypeVar("T")
Q = TypeVar("Q", bound=Hashable)
WATCH_INTERVAL_S = 1.0
ANSWERS_WITHIN_S = 2.0
log = logging.getLogger("nimbus.db")


class Database:
    """Made by `open_database`. `place` says where it is, without a password. All methods belong to the Trio
    thread."""

    def __init__(self, engine: Engine, writer: Writer, readers: Readers) -> None:
        self.place = engine.place
        self._engine = engine
        self._writer = writer
        self._readers = readers
        self._pages = PageCache()

    def check(self) -> None:
        """That changes are written. Raises Unavailable when the writer has died, or has been at one thing for too
        long: nothing that this process says is worth anything then, and it should end."""
        self._writer.check()

    async def answers(self) -> bool:
        """Whether it does now: that it writes (see `check`), and reads within two seconds."""
        try:
            self._writer.check()
        except Unavailable:
            return False
        return await self._readers.points.answers(ANSWERS_WITHIN_S)

    async def watch(self) -> None:
        """Until cancelled. Raises Unavailable when the writer has died."""
        while True:
            await trio.sleep(WATCH_INTERVAL_S)
            self._writer.check()

    async def listen(self, woken: Callable[[], None]) -> None:
        """Until cancelled: call `woken` on the Trio thread whenever another process may have something to tell.
        Returns at once where there can be none."""
        token = trio.lowlevel.current_trio_token()

        def wake() -> None:
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(woken, idempotent=True)

        listening = self._engine.listen(wake)
        if listening is None:
            return
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(listening.close)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self._readers.points.run(work)

    async def page(
        self,
        tables: tuple[str, ...],
        query: Callable[[Transaction], Q],
        read: Callable[[Transaction, Q], Rows],
    ) -> Listed:
        """One page of a list, which is made of these tables and of nothing else that changes. `query` finds out
        what is asked for, with all that decides it (what the actor may see, too); `read` is asked for the rows and
        the total, unless that is known from before and still true."""

        def read_page(tx: Transaction) -> Listed:
            wanted = query(tx)
            return self._pages.page(tx, tables, wanted, lambda: read(tx, wanted))

        return await self._readers.pages.run(read_page)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a durable transaction. Not cancelled half-way: when the caller is cancelled meanwhile,
        it hears of it after the answer."""
        task = trio.lowlevel.current_task()

        def done(value: T, error: BaseException | None) -> None:
            trio.lowlevel.reschedule(task, outcome.Error(error) if error else outcome.Value(value))

        await trio.lowlevel.checkpoint_if_cancelled()
        self.submit(claimed(work), done)
        result: T = await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)
        return result

    def submit(
        self, work: Callable[[Transaction], T], done: Callable[[Any, BaseException | None], None]
    ) -> None:
        """Run `work` in a durable transaction and call `done(value, error)` on the Trio thread after the
        commit: no task, no waiting. Events of the transaction are published first."""
        self._writer.submit(work, lambda value, error, _: done(value, error))


@asynccontextmanager
async def open_database(
    location: Location, bus: EventBus, clock: Clock, *, before_commit: BeforeCommit | None = None
) -> AsyncIterator[Database]:
    """Migrate, open, and at the end finish writes. `before_commit` is called on the writer's thread with the events
    of each group, and may write to the same transaction."""
    engine = engine_of(location)
    await trio.to_thread.run_sync(engine.migrate, clock)
    token = trio.lowlevel.current_trio_token()

    def answer(batch: Batch) -> None:
        for done, value, error, events in batch:
            for event in events:
                _guarded(bus.publish, event)
            _guarded(done, value, error, events)

    def deliver(batch: Batch) -> None:
        # RunFinishedError: the loop has gone, and with it everybody who waited.
        try:
            token.run_sync_soon(answer, batch)
        except trio.RunFinishedError:
            return

    writer = Writer(engine, deliver, before_commit)
    readers = Readers(engine)
    writer.start()
    try:
        yield Database(engine, writer, readers)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(writer.close)
            readers.close()


def _guarded(call: Callable[..., object], *arguments: object) -> None:
    """A mistake in one subscriber or callback must not keep the answers of others back."""
    try:
        call(*arguments)
    except Exception:
        log.exception("a subscriber or an answer failed after its commit")


def write_once(
    location: Location, work: Callable[[Transaction], T], *, before_commit: BeforeCommit | None = None
) -> T:
    """One durable transaction without a control plane; but for `before_commit` events have nobody to hear them."""
    session = engine_of(location).write_session()
    try:
        session.begin()
        transaction = Transaction(session)
        value = work(transaction)
        if before_commit is not None and transaction.events:
            before_commit(Transaction(session), transaction.events)
        session.commit()
    except BaseException as error:
        session.roll_back()
        if isinstance(error, Exception) and (in_words := session.in_words(error)) is not error:
            raise in_words from error
        raise
    finally:
        session.close()
    return value
