"""Joins what is kept of changes: the audit log with its chain, the events that clients follow, the answers to
creations."""

from __future__ import annotations

from pathlib import Path

import trio

from nimbus.composition.action_names import action_of
from nimbus.composition.foundation import Foundation
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.routing import Route
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit import routes as audit_routes
from nimbus.records.audit.records import Outcome, Resource
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Retention, Verifier
from nimbus.records.audit.witness import Witness
from nimbus.records.destinations import routes as destination_routes
from nimbus.records.destinations.exporter import Exporter
from nimbus.records.destinations.reach import Reach
from nimbus.records.destinations.sending import Sender
from nimbus.records.destinations.service import Destinations
from nimbus.records.event_log import routes as event_routes
from nimbus.records.event_log.hub import Hub
from nimbus.records.event_log.service import EventLog, EventRetention
from nimbus.records.idempotency.service import Idempotency
from nimbus.settings.configuration import ControlPlaneConfig

_DENIALS = {"FORBIDDEN", "NOT_FOUND", "UNAUTHENTICATED", "RATE_LIMITED"}


class RecordKeeping:
    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        config: ControlPlaneConfig,
        *,
        witness_file: Path,
        generation: int,
    ) -> None:
        database, clock = foundation.database, foundation.clock
        self._database, self._audit = database, foundation.audit
        self._refusals = foundation.refusals
        verifier = Verifier(database, self._audit)
        self.witness = Witness(database, self._audit, witness_file, generation)
        self.witness.subscribe(foundation.bus)
        self.trail = AuditTrail(
            database, verifier, organizations.reached, self._audit, config.audit_retention_days
        )
        self.audit_retention = Retention(database, clock, self._audit, config.audit_retention_days)
        self.hub = Hub(database)
        reach = Reach(anywhere=config.audit_destinations == "all", overlay=[overlay_network(config.overlay)])
        sender = Sender(clock, foundation.sealer, reach)
        self.destinations = Destinations(
            database, clock, self._audit, foundation.sealer, self.trail, sender, reach
        )
        several = foundation.several
        fence = None if several is None else several.leadership.check
        self.exporter = Exporter(database, clock, self.trail, sender, fence)
        self.exporter.subscribe(foundation.bus)
        self.events = EventLog(database, self.hub, organizations.reached)
        self.event_retention = EventRetention(database, clock, hours=config.event_retention_hours)
        self.idempotency = Idempotency(database, clock, foundation.sealer)
        self.hub.subscribe(foundation.bus)

    def take(self, config: ControlPlaneConfig) -> None:
        """What may change while it runs."""
        self.audit_retention.days = self.trail.days = config.audit_retention_days
        self.event_retention.keep_hours(config.event_retention_hours)

    async def remove_expired(self) -> None:
        await self.idempotency.remove_expired()
        await self.witness.look()

    async def load(self) -> None:
        await self._database.write(self._audit.prepare)
        await self.witness.load()

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._refusals.run)
        nursery.start_soon(self.hub.run)
        nursery.start_soon(self.witness.run)

    def lead(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.audit_retention.run)
        nursery.start_soon(self.event_retention.run)
        nursery.start_soon(self.exporter.run)

    def routes(self) -> list[Route]:
        return [
            *audit_routes.routes(self.trail),
            *destination_routes.routes(self.destinations),
            *event_routes.routes(self.events),
        ]

    async def refused(self, actor: Actor, route: Route, path: dict[str, str], error: NimbusError) -> None:
        """For the door: a change that was asked for and turned away."""
        kind, reference = next(iter(path.items()), (_noun(route), ""))
        resource = Resource(kind, reference[:100], reference[:100])
        outcome: Outcome = "denied" if error.code in _DENIALS else "failed"
        request = f"{route.method} {route.path}"
        self._refusals.note(actor, action_of(route), resource, error.code, outcome, request=request)


def _noun(route: Route) -> str:
    if isinstance(route.permission, Permission):
        return route.permission.value.partition(":")[0]
    return route.path.removeprefix("/api/v1/").partition("/")[0]
