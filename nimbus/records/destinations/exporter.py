"""The loop that sends what is new in the audit log to every destination."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.changes import ChangesStored, ResourceChanged
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit.records import AuditView, ExportQuery
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.destinations import store
from nimbus.records.destinations.reach import NotDelivered
from nimbus.records.destinations.records import Destination, DestinationsChanged, Progress
from nimbus.records.destinations.rules import delay_after, is_due
from nimbus.records.destinations.sending import Sender

BATCH = 200
# Of the changes of a batch's rows; one row goes out however large it is.
BATCH_BYTES = 1024 * 1024
# Rows that are written one after the other go out together.
GATHER_S = 1.0
# Refusals raise no event, and what failed is tried again.
LOOK_AGAIN_S = 5.0
log = logging.getLogger("nimbus.audit")
_size = msgspec.json.Encoder().encode


class Exporter:
    """Belongs to the Trio thread; there is one. `fence`: there may be other control planes on this database; it
    raises when this one is not the one that sends."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        sender: Sender,
        fence: Callable[[Transaction], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._sender = sender
        self._fence = fence
        self._wakeup = Wakeup()
        self._busy: set[str] = set()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ResourceChanged, self._wakeup.signal)
        bus.subscribe(ChangesStored, self._wakeup.signal)
        bus.subscribe(DestinationsChanged, self._wakeup.signal)

    async def run(self) -> None:
        """Until cancelled. A destination that is slow holds up no other."""
        attempts = Attempts(log, "the audit log could not be sent", f"trying again in {LOOK_AGAIN_S:g} s")
        self._busy.clear()
        async with trio.open_nursery() as nursery:
            while True:
                with attempts:
                    await self._begin(nursery)
                if await self._wakeup.wait(LOOK_AGAIN_S):
                    await trio.sleep(GATHER_S)

    async def _begin(self, nursery: trio.Nursery) -> None:
        def look(tx: Transaction) -> list[tuple[Destination, Progress]]:
            return [(one, store.progress(tx, one.id)) for one in store.every(tx) if one.enabled]

        now = self._clock.now()
        for destination, progress in await self._database.read(look):
            if destination.id not in self._busy and is_due(progress, now):
                self._busy.add(destination.id)
                nursery.start_soon(self._keep_sending, destination.id)

    async def _keep_sending(self, destination_id: str) -> None:
        attempts = Attempts(log, "the audit log could not be sent", "trying again soon")
        try:
            with attempts:
                while await self.send_next(destination_id):
                    pass
        finally:
            self._busy.discard(destination_id)

    async def send_next(self, destination_id: str) -> bool:
        """One batch. Whether there may be more to send now."""

        def look(tx: Transaction) -> tuple[Destination | None, Progress | None]:
            if self._fence is not None:
                self._fence(tx)
            destination = store.get(tx, destination_id)
            return destination, store.progress(tx, destination_id) if destination else None

        destination, progress = await self._database.read(look)
        if destination is None or progress is None or not destination.enabled:
            return False
        rows = bounded(
            (await self._trail.after(SYSTEM, ExportQuery(after=progress.cursor, limit=BATCH))).data
        )
        if not rows:
            return False
        try:
            await self._sender.send(destination, rows)
        except (NotDelivered, NimbusError) as error:
            words = error.words if isinstance(error, NotDelivered) else error.line()
            await self._failed(destination, progress, words)
            return False
        return await self._taken(progress, rows)

    async def _taken(self, progress: Progress, rows: Sequence[AuditView]) -> bool:
        gone = max(0, rows[0].sequence - progress.cursor - 1)
        changed = msgspec.structs.replace(
            progress,
            cursor=rows[-1].sequence,
            sent=progress.sent + len(rows),
            missed=progress.missed + gone,
            attempts=0,
            due_at=0,
            failing_since=None,
            last_sent_at=self._clock.now(),
            problem="",
        )
        return await self._note(progress, changed)

    async def _failed(self, destination: Destination, progress: Progress, words: str) -> None:
        now, attempts = self._clock.now(), progress.attempts + 1
        delay = delay_after(attempts)
        log.warning(
            "%s did not take the audit log, trying again in %g s: %s",
            destination.name,
            to_seconds(delay),
            words,
        )
        changed = msgspec.structs.replace(
            progress,
            attempts=attempts,
            due_at=now + delay,
            failing_since=progress.failing_since or now,
            problem=words,
        )
        await self._note(progress, changed)

    async def _note(self, known: Progress, changed: Progress) -> bool:
        def note(tx: Transaction) -> bool:
            if self._fence is not None:
                self._fence(tx)
            return store.set_progress(tx, known, changed)

        return await self._database.write(note)


def bounded(rows: list[AuditView]) -> list[AuditView]:
    """As many of the first as are not too large together, one at least."""
    size = 0
    for number, row in enumerate(rows):
        size += len(_size(row))
        if size > BATCH_BYTES and number:
            return rows[:number]
    return rows
