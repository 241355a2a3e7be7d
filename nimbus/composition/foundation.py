"""What every slice is built on."""

from __future__ import annotations

import msgspec

from nimbus.db import Database
from nimbus.db.several import Several
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from nimbus.kernel.sealing import Sealer
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog


class Foundation(msgspec.Struct, frozen=True):
    """`audit` is what changes are recorded with, `refusals` what was turned away. `several`: there may be other
    control planes on this database."""

    database: Database
    bus: EventBus
    clock: Clock
    sealer: Sealer
    audit: AuditLog
    refusals: RefusalLog
    several: Several | None = None


def lay_foundation(
    database: Database, bus: EventBus, clock: Clock, sealer: Sealer, several: Several | None = None
) -> Foundation:
    audit = AuditLog(clock, sealer)
    return Foundation(database, bus, clock, sealer, audit, RefusalLog(database, clock, audit), several)
