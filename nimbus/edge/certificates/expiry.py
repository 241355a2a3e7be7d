"""It is told when certificates come near their end: 30, 14, 7 and 1 days before. The leader does it."""

from __future__ import annotations

import logging

import msgspec

from nimbus.db import Database, Transaction
from nimbus.edge.certificates import store
from nimbus.edge.certificates.rules import DAY_S, WARN_DAYS, warning_due
from nimbus.edge.certificates.service import resource
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.changes import ResourceChanged
from nimbus.kernel.clock import Clock, from_seconds, to_rfc3339
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.protocol.attempts import Attempts
from nimbus.records.audit.service import AuditLog

LOOK_EVERY_S = 600.0
log = logging.getLogger("nimbus.certificates")


class ExpiryWatch:
    def __init__(self, database: Database, clock: Clock, audit: AuditLog) -> None:
        self._database, self._clock, self._audit = database, clock, audit
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ResourceChanged, self._on_changed)

    def _on_changed(self, event: ResourceChanged) -> None:
        if event.resource_kind == "certificate":
            self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "certificates that end could not be looked for")
        while True:
            with attempts:
                await self.look()
            await self._wakeup.wait(LOOK_EVERY_S)

    async def look(self) -> None:
        if await self._database.read(self._due):
            await self._database.write(self._tell)

    def _due(self, tx: Transaction) -> bool:
        now = self._clock.now()
        before = now + from_seconds(WARN_DAYS[0] * DAY_S)
        return any(warning_due(one.not_after, now, one.warned_days) for one in store.ending(tx, before))

    def _tell(self, tx: Transaction) -> None:
        now = self._clock.now()
        for one in store.ending(tx, now + from_seconds(WARN_DAYS[0] * DAY_S)):
            days = warning_due(one.not_after, now, one.warned_days)
            if days is None:
                continue
            store.update(tx, msgspec.structs.replace(one, warned_days=days))
            action = "certificate.expired" if one.not_after <= now else "certificate.expiring"
            facts = {"not_after": to_rfc3339(one.not_after)}
            self._audit.record(tx, SYSTEM, action, resource(one), after=facts)
