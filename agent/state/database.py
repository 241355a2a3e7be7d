"""The state file's one connection, in a thread of its own that commits together what waits together."""

from __future__ import annotations

import logging
import math
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import trio

from agent.state import disk
from agent.state.opening import Opened, set_aside, try_open

# So long one waits for the disk; what is older says that it hangs.
PATIENCE_S = 4.0
HANGS_AFTER_S = 8.0
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]
log = logging.getLogger("nimbus.agent")


class StateUnwritable(Exception):
    """Nothing was written, for this reason."""


class NoRoom(StateUnwritable):
    """Only the reserve is left, which this may not have: no fault of the file."""


class _Job:
    __slots__ = ("durable", "error", "size", "spare", "task", "value", "work")

    def __init__(self, work: Work, durable: bool, size: int, spare: bool) -> None:
        self.work, self.durable, self.size, self.spare = work, durable, size, spare
        self.task: trio.lowlevel.Task | None = None
        self.value: Any = None
        self.error: BaseException | None = None


class StateDatabase:
    """`opened` None: the file could not be opened for writing when the agent started, for the reason `failure`;
    each write tries again. Methods belong to the Trio thread."""

    def __init__(self, path: Path, opened: Opened | None, failure: str = "") -> None:
        self._path = path
        self._opened = opened
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="nimbus-state", daemon=True)
        self._token: trio.lowlevel.TrioToken | None = None
        self._waiting: dict[_Job, float] = {}
        self._failure = failure
        self._is_short = opened is not None and opened.space.is_short
        # Counts the files that were begun anew: what was in those before has to be written again.
        self.generation = 0

    def start(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._thread.start()

    def close(self) -> None:
        """For tests; the agent leaves the file as it is. Blocks until all is written."""
        self._queue.put(None)
        self._thread.join()

    @property
    def problem(self) -> str:
        """Why the file is not what it should be; "" while it is."""
        if self._hangs:
            return disk.SILENT
        return self._failure or (disk.FULL if self._is_short else "")

    @property
    def _hangs(self) -> bool:
        oldest = min(self._waiting.values(), default=math.inf)
        return trio.current_time() - oldest > HANGS_AFTER_S

    async def perform(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        durable: bool = False,
        size: int = 0,
        spare: bool = True,
        patience_s: float | None = None,
    ) -> T:
        """Run `work` in a transaction. `durable`: synced before this returns. `size`: about how many bytes it
        adds; without `spare` it is refused when they would have to come out of the reserve. Who is cancelled
        meanwhile, or has no more patience with a disk that hangs, does not wait; the work is done all the same,
        in its turn. Raises StateUnwritable."""
        patience_s = PATIENCE_S if patience_s is None else patience_s
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._hangs and patience_s < math.inf:
            raise StateUnwritable(disk.SILENT)
        job = _Job(work, durable, size, spare)
        job.task = trio.lowlevel.current_task()
        self._waiting[job] = trio.current_time()
        self._queue.put(job)

        def abandon(_raise_cancel: object) -> trio.lowlevel.Abort:
            job.task = None
            return trio.lowlevel.Abort.SUCCEEDED

        with trio.move_on_after(patience_s) as scope:
            await trio.lowlevel.wait_task_rescheduled(abandon)
        if scope.cancelled_caught:
            raise StateUnwritable(disk.SILENT)
        if job.error is not None:
            raise job.error
        value: T = job.value
        return value

    async def probe(self) -> None:
        """Find out whether the file can be written again. Raises StateUnwritable."""
        await self.perform(lambda connection: connection.execute("DELETE FROM filler"), patience_s=math.inf)

    def _answer(self, group: list[_Job], is_short: bool) -> None:
        self._is_short = is_short
        for job in group:
            del self._waiting[job]
            self._note(job.error)
            if job.task is not None:
                trio.lowlevel.reschedule(job.task)

    def _note(self, error: BaseException | None) -> None:
        if isinstance(error, NoRoom):
            return
        failure = str(error) if isinstance(error, StateUnwritable) else ""
        if failure and failure != self._failure:
            log.error("the agent's state cannot be written: %s", failure)
        self._failure = failure

    # What follows runs in the thread.

    def _serve(self) -> None:
        while (group := self._next_group()) is not None:
            try:
                self._perform(group)
            except Exception as error:
                log.exception("the thread of the state file failed")
                _fail(group, StateUnwritable(f"the disk fails: {error}"))
            self._deliver(group)
        if self._opened is not None:
            self._opened.close()

    def _next_group(self) -> list[_Job] | None:
        job = self._queue.get()
        if job is None:
            return None
        group = [job]
        while True:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return group
            if job is None:
                self._queue.put(None)
                return group
            group.append(job)

    def _deliver(self, group: list[_Job]) -> None:
        is_short = self._opened is not None and self._opened.space.is_short
        assert self._token is not None
        try:
            self._token.run_sync_soon(self._answer, group, is_short)
        except trio.RunFinishedError:
            return

    def _perform(self, group: list[_Job]) -> None:
        opened = self._opened
        if opened is None:
            try:
                opened = self._opened = try_open(self._path)
            except (OSError, sqlite3.Error) as error:
                _fail(group, StateUnwritable(disk.why(error)))
                return
            self.generation += 1
        admitted = [job for job in group if _has_room(opened, job)]
        self._commit(opened, admitted)
        # What is too much together may do one by one.
        failed = [job for job in admitted if isinstance(job.error, StateUnwritable)]
        if len(admitted) > 1 and self._opened is opened:
            for job in failed:
                job.error = None
                if _has_room(opened, job):
                    self._commit(opened, [job])

    def _commit(self, opened: Opened, group: list[_Job]) -> None:
        if not group or self._opened is not opened:
            _fail(group, StateUnwritable("the disk fails: the state file was damaged"))
            return
        try:
            try:
                _run(opened.connection, group)
            except sqlite3.OperationalError as error:
                if disk.why(error) != disk.FULL:
                    raise
                # The log is at its end: what is in it goes to its place, which takes no room. Or it is more than it
                # seemed.
                opened.space.checkpoint()
                opened.space.has_room(2 * sum(job.size for job in group))
                _run(opened.connection, group)
        except sqlite3.Error as error:
            if disk.is_damaged(error):
                self._begin_anew(opened)
            _fail(group, StateUnwritable(disk.why(error)))

    def _begin_anew(self, opened: Opened) -> None:
        opened.close()
        self._opened = None
        set_aside(self._path)


def _has_room(opened: Opened, job: _Job) -> bool:
    has_room = opened.space.has_room(job.size) or job.spare
    if not has_room:
        job.error = NoRoom(disk.FULL)
    return has_room


def _fail(group: list[_Job], error: StateUnwritable) -> None:
    for job in group:
        job.error = error


def _run(connection: sqlite3.Connection, group: list[_Job]) -> None:
    """All in one transaction, each in a savepoint: what fails by its own mistake undoes itself only."""
    durable = any(job.durable for job in group)
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for job in group:
            connection.execute("SAVEPOINT job")
            try:
                job.value, job.error = job.work(connection), None
            except Exception as error:
                if disk.is_to_blame(error):
                    raise
                job.error = error
                connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
        connection.execute("COMMIT")
    except BaseException:
        # SQLite gives a transaction up by itself when the disk is full or fails.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
