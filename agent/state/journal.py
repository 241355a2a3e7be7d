"""The journal of tasks: an order that was accepted is not forgotten, and its result is not lost.

Memory has every task that the agent holds; a change goes to the file before the agent goes on. `accept` and
`start` fail when it cannot: nothing is begun then. What has happened all the same (`finish`, `reported`) is
`behind` when it cannot be written, and is written as soon as it can be.
"""

from __future__ import annotations

import logging
import math
import sqlite3
from collections.abc import Iterable

import msgspec

from agent.state.database import StateDatabase, StateUnwritable
from nimbus.protocol.kinds import secret_parameters
from nimbus.protocol.messages import LeasedTask, TaskResult

_OVERHEAD_BYTES = 512
_lease = msgspec.json.Decoder(LeasedTask)
_result = msgspec.json.Decoder(TaskResult)
_encode = msgspec.json.Encoder().encode
# Of one task: id, lease, starts, stops, result. None in the place of the lease: it is not held any more.
Row = tuple[str, bytes | None, int, int, bytes | None]
log = logging.getLogger("nimbus.tasks")


class HeldTask(msgspec.Struct):
    """A task that the agent has. `starts` counts how often it was begun, `stops` how often the agent ended in order
    while it ran. Begun without `result` after a start of the agent: it was interrupted."""

    lease: LeasedTask
    starts: int = 0
    stops: int = 0
    result: TaskResult | None = None

    @property
    def deaths(self) -> int:
        """How often the agent died while it ran; to be asked while it does not run."""
        return self.starts - self.stops


class Journal:
    """Belongs to the Trio thread."""

    def __init__(self, database: StateDatabase, held: dict[str, HeldTask]) -> None:
        self._database = database
        self._held = held
        # In order: the ids of a dictionary that maps to nothing.
        self._behind: dict[str, None] = {}
        self._is_whole_behind = False

    def held(self) -> dict[str, HeldTask]:
        """Every task that is not reported yet, in the order in which they were accepted."""
        return dict(self._held)

    def get(self, task_id: str) -> HeldTask | None:
        return self._held.get(task_id)

    @property
    def behind(self) -> int:
        """How many tasks the file does not have as they are."""
        return len(self._held) if self._is_whole_behind else len(self._behind)

    async def accept(self, leases: list[LeasedTask]) -> list[LeasedTask]:
        """Take orders in; those that are new. One that the agent has already is not run again. A later attempt of
        one that is finished says that the control plane has the result of the earlier: it is new. Raises
        StateUnwritable, with nothing taken in."""
        fresh = [lease for lease in leases if self._is_new(lease)]
        if not fresh:
            return []
        rows = [_row(lease.id, HeldTask(lease)) for lease in fresh]
        await self._database.perform(
            lambda connection: _begin(connection, rows), durable=True, size=_size(rows), spare=False
        )
        for lease in fresh:
            self._held.pop(lease.id, None)
            self._behind.pop(lease.id, None)
            self._held[lease.id] = HeldTask(lease)
        return fresh

    def _is_new(self, lease: LeasedTask) -> bool:
        held = self._held.get(lease.id)
        return held is None or (held.result is not None and held.result.attempt < lease.attempt)

    async def start(self, task_id: str) -> int:
        """Before the first effect: the how many-th start it is. Raises StateUnwritable."""
        held = self._held[task_id]
        held.starts += 1
        try:
            await self._write([task_id], durable=True)
        except StateUnwritable:
            held.starts -= 1
            raise
        return held.starts

    async def stopped(self, task_id: str) -> None:
        """The agent ends in order while the task runs."""
        self._held[task_id].stops += 1
        await self._keep_up([task_id])

    async def finish(self, task_id: str, result: TaskResult) -> None:
        """Before the result is sent; written later when it cannot be written now. Its secret parameters
        are not needed again: they go from the disk."""
        held = self._held[task_id]
        held.result, held.lease = result, without_secrets(held.lease)
        await self._keep_up([task_id], durable=True)

    async def reported(self, task_id: str, attempt: int) -> None:
        """The control plane has the result of this attempt, or will never take it."""
        held = self._held.get(task_id)
        if held is not None and held.lease.attempt == attempt:
            del self._held[task_id]
            await self._keep_up([task_id])

    def take_in(self, held: dict[str, HeldTask]) -> None:
        """What an earlier agent left in another form: to be written with the next `catch_up`."""
        for task_id, task in held.items():
            known = self._held.get(task_id)
            if known is None or (known.result is None and task.result is not None):
                self._held[task_id] = task
                self._behind[task_id] = None

    def rewrite(self) -> None:
        """The file was begun anew: everything has to be written."""
        self._is_whole_behind = True

    async def catch_up(self) -> None:
        """Write what could not be written before. Raises StateUnwritable."""
        if self._is_whole_behind:
            rows = [_row(task_id, held) for task_id, held in self._held.items()]
            self._is_whole_behind = False
            self._behind.clear()
            try:
                await self._database.perform(
                    lambda connection: _replace_all(connection, rows),
                    durable=True,
                    size=_size(rows),
                    patience_s=math.inf,
                )
            except BaseException:
                self._is_whole_behind = True
                raise
        for task_id in list(self._behind):
            await self._write([task_id], durable=True)

    async def _keep_up(self, task_ids: list[str], *, durable: bool = False) -> None:
        try:
            await self._write(task_ids, durable=durable)
        except StateUnwritable as error:
            log.error("what became of task %s stays in memory only: %s", ", ".join(task_ids), error)

    async def _write(self, task_ids: list[str], *, durable: bool) -> None:
        """The tasks as they are now. What is written later is newer: writes are done in their order."""
        rows = [_row(task_id, self._held.get(task_id)) for task_id in task_ids]
        for task_id in task_ids:
            self._behind.pop(task_id, None)
        try:
            await self._database.perform(
                lambda connection: _save(connection, rows), durable=durable, size=_size(rows)
            )
        except BaseException:
            self._behind.update(dict.fromkeys(task_ids))
            raise


def without_secrets(lease: LeasedTask) -> LeasedTask:
    blank = dict.fromkeys(secret_parameters(lease.kind) & lease.parameters.keys(), "")
    return msgspec.structs.replace(lease, parameters=lease.parameters | blank) if blank else lease


def _row(task_id: str, held: HeldTask | None) -> Row:
    if held is None:
        return (task_id, None, 0, 0, None)
    result = None if held.result is None else _encode(held.result)
    return (task_id, _encode(held.lease), held.starts, held.stops, result)


def _size(rows: Iterable[Row]) -> int:
    return sum(_OVERHEAD_BYTES + len(row[1] or b"") + len(row[4] or b"") for row in rows)


def _begin(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """New orders; what an earlier attempt left goes."""
    for row in rows:
        _forget(connection, row[0])
    _save(connection, rows)


def _save(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    for row in rows:
        if row[1] is None:
            _forget(connection, row[0])
        else:
            connection.execute(
                "INSERT INTO tasks (id, lease, starts, stops, result) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO"
                " UPDATE SET lease = excluded.lease, starts = excluded.starts, stops = excluded.stops,"
                " result = excluded.result",
                row,
            )


def _forget(connection: sqlite3.Connection, task_id: str) -> None:
    connection.execute("DELETE FROM tasks WHERE id = ?", (task_id,))
    connection.execute("DELETE FROM log_lines WHERE task_id = ?", (task_id,))


def _replace_all(connection: sqlite3.Connection, rows: list[Row]) -> None:
    connection.execute("DELETE FROM tasks")
    _save(connection, rows)
    connection.execute("DELETE FROM log_lines WHERE task_id NOT IN (SELECT id FROM tasks)")


def load_held(connection: sqlite3.Connection) -> dict[str, HeldTask]:
    """In the order in which they were accepted. What cannot be read is passed over: the control plane delivers it
    again."""
    held: dict[str, HeldTask] = {}
    rows = connection.execute("SELECT id, lease, starts, stops, result FROM tasks ORDER BY number")
    for task_id, lease, starts, stops, result in rows:
        try:
            stored = None if result is None else _result.decode(result)
            held[task_id] = HeldTask(_lease.decode(lease), starts, stops, stored)
        except msgspec.DecodeError as error:
            log.error("task %s in the state file cannot be read: %s", task_id, error)
    return held
