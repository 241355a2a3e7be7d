"""The audit log and the event log on a real database, without the other slices."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.db.engine import engine_of
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.sealing import Sealer
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource, Verification
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Retention, Verifier
from nimbus.records.event_log.hub import Hub
from nimbus.records.event_log.recorder import record_changes
from nimbus.records.event_log.service import EventLog
from nimbus.trust.secrets.master_key import MasterKey
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, place
from tests.kit.records import ADMIN

SEALER = MasterKey(b"k" * 32)


class World:
    def __init__(
        self, folder: Path, database: Database, bus: RecordingBus, clock: SettableClock, sealer: Sealer
    ) -> None:
        self.location, self.database, self.bus, self.clock = place(folder), database, bus, clock
        self.audit = AuditLog(clock, sealer)
        self.organizations = Organizations(clock)
        self.verifier = Verifier(database, self.audit)
        self.trail = AuditTrail(database, self.verifier, self.organizations.reached, self.audit)
        self.hub = Hub(database, capacity=40, max_behind=250)
        self.hub.subscribe(bus)
        self.events = EventLog(database, self.hub, self.organizations.reached)

    def retention(self, days: int) -> Retention:
        return Retention(self.database, self.clock, self.audit, days)

    async def record(self, count: int = 1, *, actor: Actor = ADMIN, **fields: Any) -> None:
        """So many rows, each in a transaction of its own."""
        for number in range(count):
            await self.database.write(functools.partial(self._row, number, actor, fields))

    def _row(self, number: int, actor: Actor, fields: dict[str, Any], tx: Transaction) -> None:
        write_row(self.audit, tx, number, actor, **fields)

    async def verify(self) -> Verification:
        return await self.verifier.verify()

    async def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return await self.database.read(lambda tx: [tuple(row) for row in tx.all(sql, parameters)])

    def tamper(self, *statements: str) -> None:
        """As somebody does who has the file and not the key."""
        session = engine_of(self.location).write_session()
        try:
            for statement in statements:
                session.command(statement)
        finally:
            session.close()


def write_row(
    audit: AuditLog,
    tx: Transaction,
    number: int = 0,
    actor: Actor = ADMIN,
    action: str = "node.update",
    kind: str = "node",
    workspace_id: str | None = "w-1",
    **fields: Any,
) -> None:
    values: dict[str, Any] = {"before": {"x": number}, "after": {"x": number + 1}}
    organization_id = fields.pop("organization_id", None)
    resource = Resource(kind, f"id-{number}", f"name-{number}", workspace_id, organization_id)
    audit.record(tx, actor, action, resource, **{**values, **fields})


def person(name: str = "ann", **workspaces: set[Permission]) -> Actor:
    """With these permissions in workspaces `w_1` (w-1) ...; in `o_1` (o-1) in that organization as a whole."""
    named = {key.replace("_", "-"): frozenset(held) for key, held in workspaces.items()}
    access = Access(
        organizations={key: held for key, held in named.items() if key.startswith("o")},
        workspaces={key: held for key, held in named.items() if key.startswith("w")},
    )
    return Actor(kind="user", id=f"u-{name}", name=name, access=access)


@asynccontextmanager
async def world(
    folder: Path, *, clock: SettableClock | None = None, sealer: Sealer = SEALER, prepared: bool = True
) -> AsyncIterator[World]:
    clock, bus = clock or SettableClock(), RecordingBus()
    async with open_database(place(folder), bus, clock, before_commit=record_changes) as database:
        made = World(folder, database, bus, clock, sealer)
        if prepared:
            await database.write(made.audit.prepare)
        yield made
