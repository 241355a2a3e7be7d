"""Joins what is kept of changes: the audit log with its chain, and the events that clients follow. Part of the
composition root."""

from __future__ import annotations

import trio

from nimbus.db import Database
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Route
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit import routes as audit_routes
from nimbus.records.audit.records import Resource
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Retention, Verifier
from nimbus.records.event_log import routes as event_routes
from nimbus.records.event_log.hub import Hub
from nimbus.records.event_log.service import EventLog, EventRetention
from nimbus.settings.configuration import ControlPlaneConfig

_DENIALS = {"FORBIDDEN", "NOT_FOUND", "UNAUTHENTICATED", "RATE_LIMITED"}


class RecordKeeping:
    """`audit` is what every slice records with."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        refusals: RefusalLog,
        organizations: Organizations,
        config: ControlPlaneConfig,
    ) -> None:
        self._database = database
        self.audit = audit
        self.trail = AuditTrail(database, Verifier(database, audit), organizations.reached, audit)
        self.audit_retention = Retention(database, clock, audit, config.audit_retention_days)
        self.refusals = refusals
        self.hub = Hub(database)
        self.events = EventLog(database, self.hub, organizations.reached)
        self.event_retention = EventRetention(database, clock, hours=config.event_retention_hours)

    def subscribe(self, bus: EventBus) -> None:
        self.hub.subscribe(bus)

    async def load(self) -> None:
        await self._database.write(self.audit.prepare)

    def start(self, nursery: trio.Nursery) -> None:
        for background in (
            self.audit_retention.run,
            self.refusals.run,
            self.hub.run,
            self.event_retention.run,
        ):
            nursery.start_soon(background)

    def routes(self) -> list[Route]:
        return [*audit_routes.routes(self.trail), *event_routes.routes(self.events)]

    async def refused(self, actor: Actor, route: Route, path: dict[str, str], error: NimbusError) -> None:
        """For the door: a change that was asked for and turned away."""
        kind, reference = next(iter(path.items()), (_noun(route), ""))
        resource = Resource(kind, reference[:100], reference[:100])
        outcome = "denied" if error.code in _DENIALS else "failed"
        self.refusals.note(actor, _action(route), resource, error.code, outcome)  # type: ignore[arg-type]


def _noun(route: Route) -> str:
    if isinstance(route.permission, Permission):
        return route.permission.value.partition(":")[0]
    return route.path.removeprefix("/api/v1/").partition("/")[0]


def _action(route: Route) -> str:
    """As the request named it: it never became a change with a name of its own."""
    return f"{route.method} {route.path}"
