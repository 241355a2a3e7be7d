"""Brings every open operation further, whatever happened to whoever did so before."""

from __future__ import annotations

import logging

import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.fleet.operations import store
from nimbus.fleet.operations.engine import Engine
from nimbus.fleet.tasks.records import TaskClosed, TaskReady
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.errors import StorageFull, Unavailable
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts

# Facts that gates wait for come with heartbeats, of which nobody tells.
LOOK_S = 1.0
# What many nodes report at once is taken in together.
GATHER_S = 0.05
log = logging.getLogger("nimbus.operations")


class OperationReconciler:
    """Woken by tasks that end or are tried again, and by a timer. Belongs to the Trio thread."""

    def __init__(self, database: Database, engine: Engine, tasks: Tasks) -> None:
        self._database = database
        self._engine = engine
        self._tasks = tasks
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(TaskClosed, self._wakeup.signal)
        bus.subscribe(TaskReady, self._wakeup.signal)
        bus.subscribe(NodeRevoked, self._wakeup.signal)

    async def converge(self) -> None:
        for operation_id in await self._database.read(self._with_news):
            try:
                await self._database.write(
                    lambda tx, one=operation_id: self._engine.advance(tx, one)  # type: ignore[misc]
                )
            except (Unavailable, StorageFull):
                raise
            except Exception:
                # One that cannot go on must not hold up the others.
                log.exception("operation %s could not be brought further; trying again", operation_id)

    def _with_news(self, tx: Transaction) -> list[str]:
        """A closed one has news when one of its tasks is tried again."""
        wanted = dict.fromkeys((*store.open_ids(tx), *self._tasks.operations_with_open_tasks(tx)))
        return [operation_id for operation_id in wanted if self._has_news(tx, operation_id)]

    def _has_news(self, tx: Transaction, operation_id: str) -> bool:
        try:
            return self._engine.has_news(tx, operation_id)
        except Exception as error:
            if tx.is_of_store(error):
                raise
            log.exception("operation %s could not be looked at; trying again", operation_id)
            return False

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "operations could not be looked at")
        while True:
            with attempts:
                await self.converge()
            await self._wakeup.wait(LOOK_S)
            await trio.sleep(GATHER_S)
