"""Maintenance that has an end ends then, or when the control plane is there again."""

from __future__ import annotations

import logging

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes import maintenance, store
from nimbus.fleet.nodes.service import resource
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.records.audit.service import AuditLog

# Another control plane on this database may have set an end: so late it is noticed at most.
LONGEST_WAIT_S = 30.0
log = logging.getLogger("nimbus.nodes")


class MaintenanceEnds:
    """`changed` is signalled when an end was set."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog, changed: Wakeup) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._changed = changed

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "maintenance that is over could not be ended")
        wait = 0.0
        while True:
            await self._changed.wait(wait)
            wait, following = LONGEST_WAIT_S, None
            with attempts:
                following = await self._following()
            if following is not None:
                wait = min(LONGEST_WAIT_S, max(0.0, to_seconds(following - self._clock.now())) + 0.01)

    async def _following(self) -> int | None:
        """End what is over; when the next is."""
        following = await self._database.read(store.next_maintenance_end)
        if following is not None and following <= self._clock.now():
            following = await self._database.write(self.end_those_over)
        return following

    def end_those_over(self, tx: Transaction) -> int | None:
        now = self._clock.now()
        for node in store.maintenance_over(tx, now):
            after = msgspec.structs.replace(
                maintenance.ended(node), updated_at=now, revision=node.revision + 1
            )
            store.update(tx, after)
            self._audit.record(
                tx,
                SYSTEM,
                "node.maintenance_end",
                resource(node),
                before=maintenance.auditable(node),
                after=maintenance.auditable(after),
            )
        return store.next_maintenance_end(tx)
