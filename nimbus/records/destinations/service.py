"""The door to destinations: list, make, change, delete, test."""

from __future__ import annotations

import builtins

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM, Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.hosts import check_authorities
from nimbus.kernel.ids import is_id, new_id, new_secret
from nimbus.kernel.naming import check_name
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target as Named
from nimbus.kernel.sealing import Sealer
from nimbus.records.audit.records import ActorView, AuditView, ExportQuery, Resource, ResourceView
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.destinations import store
from nimbus.records.destinations.reach import Reach
from nimbus.records.destinations.records import (
    MAX_CA_PEM,
    MAX_DESTINATIONS,
    CreatedDestination,
    DeliveryStep,
    Destination,
    DestinationPatch,
    DestinationQuery,
    DestinationRequest,
    DestinationsChanged,
    DestinationTest,
    DestinationView,
    Progress,
)
from nimbus.records.destinations.rules import check_secret, parse_target, state_of
from nimbus.records.destinations.sending import Sender, secret_context

_SENDS = "say where the audit log is sent"


class Destinations:
    """They are the appliance's: all of the log goes there."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        trail: AuditTrail,
        sender: Sender,
        reach: Reach,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._trail = trail
        self._sender = sender
        self._reach = reach

    async def list(self, actor: Actor, query: DestinationQuery) -> tuple[builtins.list[DestinationView], int]:
        actor.require_everywhere(Permission.SETTINGS_READ)
        newest = await self._newest()

        def read_page(tx: Transaction) -> tuple[builtins.list[DestinationView], int]:
            destinations, total = store.select(tx, query)
            return [_view(one, store.progress(tx, one.id), newest) for one in destinations], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Named) -> DestinationView:
        actor.require_everywhere(Permission.SETTINGS_READ)
        newest = await self._newest()

        def read(tx: Transaction) -> DestinationView:
            known = _known(tx, target.reference)
            return _view(known, store.progress(tx, known.id), newest)

        return await self._database.read(read)

    async def create(self, actor: Actor, request: DestinationRequest) -> CreatedDestination:
        actor.require_all(_SENDS)
        now, newest = self._clock.now(), await self._newest()
        webhook = parse_target(request.target).kind == "webhook"
        given = request.secret
        if given is not None and not webhook:
            raise invalid("secret", "is for webhooks alone")
        secret = given or (new_secret() if webhook else "")
        destination = await self._checked(
            Destination(
                id=new_id(),
                name=request.name,
                target=request.target,
                ca_pem=request.ca_pem,
                sealed_secret="",
                enabled=request.enabled,
                created_at=now,
                updated_at=now,
            )
        )
        destination = self._with_secret(destination, secret)
        cursor = newest if request.begin == "now" else await self._oldest() - 1
        progress = Progress(destination_id=destination.id, cursor=cursor)

        def create(tx: Transaction) -> CreatedDestination:
            if len(store.every(tx)) >= MAX_DESTINATIONS:
                raise Conflict(
                    f"there are {MAX_DESTINATIONS} destinations already, which is the most",
                    next_step="Delete one, or have a log server pass rows on.",
                )
            check_name_free("destination", destination.name, destination, store.find(tx, destination.name))
            store.insert(tx, destination, progress)
            self._audit.record(
                tx, actor, "audit_destination.create", _resource(destination), after=_auditable(destination)
            )
            tx.emit(DestinationsChanged())
            return CreatedDestination(
                destination=_view(destination, progress, newest), secret=None if given else secret or None
            )

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Named, patch: DestinationPatch) -> DestinationView:
        actor.require_all(_SENDS)
        newest = await self._newest()
        before = await self._database.read(lambda tx: _known(tx, target.reference))
        given = {
            name: value
            for name, value in msgspec.structs.asdict(patch).items()
            if value is not None and name != "secret"
        }
        after = await self._checked(revised(before, self._clock.now(), **given))
        webhook = parse_target(after.target).kind == "webhook"
        if patch.secret is not None and not webhook:
            raise invalid("secret", "is for webhooks alone")
        if webhook and not after.sealed_secret and patch.secret is None:
            raise invalid("secret", "is missing: a webhook's batches are signed with it")
        if patch.secret is not None:
            after = self._with_secret(after, check_secret(patch.secret))

        def change(tx: Transaction) -> DestinationView:
            present = _known(tx, before.id)
            target.check_revision(present.revision)
            if present.revision != before.revision:
                raise Conflict("the destination was changed at the same moment", next_step="Try again.")
            check_name_free("destination", after.name, after, store.find(tx, after.name))
            store.update(tx, after)
            store.try_now(tx, after.id)
            extra = {} if patch.secret is None else {"secret": "changed"}
            self._audit.record(
                tx,
                actor,
                "audit_destination.update",
                _resource(after),
                before=_auditable(present),
                after={**_auditable(after), **extra},
            )
            tx.emit(DestinationsChanged())
            return _view(after, store.progress(tx, after.id), newest)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Named) -> DestinationView:
        actor.require_all(_SENDS)
        newest = await self._newest()

        def delete(tx: Transaction) -> DestinationView:
            known = _known(tx, target.reference)
            target.check_revision(known.revision)
            view = _view(known, store.progress(tx, known.id), newest)
            store.delete(tx, known.id)
            self._audit.record(
                tx, actor, "audit_destination.delete", _resource(known), before=_auditable(known)
            )
            return view

        return await self._database.write(delete)

    async def test(self, actor: Actor, target: Named) -> DestinationTest:
        """Send a row that says it is a test, beside those of the log, and tell of each step."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)
        destination = await self._database.read(lambda tx: _known(tx, target.reference))
        steps: list[DeliveryStep] = []
        row = _test_row(destination, actor, to_rfc3339(self._clock.now()))
        error = await self._sender.attempt(destination, [row], steps, test=True)
        if error is not None and not (steps and not steps[-1].ok):
            steps.append(DeliveryStep("reach", False, error.words))

        def note(tx: Transaction) -> None:
            store.try_now(tx, destination.id)
            self._audit.record(
                tx, actor, "audit_destination.test", _resource(destination), after={"taken": error is None}
            )
            tx.emit(DestinationsChanged())

        await self._database.write(note)
        return DestinationTest(error is None, steps)

    async def every(self) -> builtins.list[DestinationView]:
        """For who looks after this host."""
        newest = await self._newest()
        return await self._database.read(
            lambda tx: [_view(one, store.progress(tx, one.id), newest) for one in store.every(tx)]
        )

    async def _newest(self) -> int:
        try:
            return (await self._trail.head(SYSTEM)).sequence
        except NotFound:
            return 0

    async def _oldest(self) -> int:
        rows = (await self._trail.after(SYSTEM, ExportQuery(limit=1))).data
        return rows[0].sequence if rows else 1

    async def _checked(self, destination: Destination) -> Destination:
        """With its values in their stored form. Raises ValidationError."""
        await trio.to_thread.run_sync(check_authorities, destination.ca_pem, MAX_CA_PEM)
        self._reach.check(parse_target(destination.target))
        return msgspec.structs.replace(destination, name=check_name(destination.name))

    def _with_secret(self, destination: Destination, secret: str) -> Destination:
        sealed = self._sealer.seal(check_secret(secret), secret_context(destination.id)) if secret else ""
        return msgspec.structs.replace(destination, sealed_secret=sealed)


def _known(tx: Transaction, reference: str) -> Destination:
    lowered = reference.lower()
    known = store.get(tx, lowered) if is_id(reference) else store.find(tx, lowered)
    if known is None:
        raise NotFound(
            f"there is no destination {reference!r} of the audit log",
            next_step="See them with: nimbus audit destination list",
        )
    return known


def _resource(destination: Destination) -> Resource:
    return Resource("audit_destination", destination.id, destination.name)


def _auditable(destination: Destination) -> dict[str, object]:
    return {name: getattr(destination, name) for name in ("name", "target", "ca_pem", "enabled")}


def _test_row(destination: Destination, actor: Actor, at: str) -> AuditView:
    return AuditView(
        id=new_id(),
        sequence=0,
        at=at,
        actor=ActorView(actor.kind, actor.id, actor.name),
        action="audit_destination.test",
        resource=ResourceView("audit_destination", destination.id, destination.name),
        workspace_id=None,
        organization_id=None,
        source=actor.source,
        request_id=actor.request_id,
        outcome="ok",
        before={},
        after={},
        hash="",
    )


def _view(destination: Destination, progress: Progress, newest: int) -> DestinationView:
    failing = progress.failing_since
    waits = destination.enabled and failing is not None
    return DestinationView(
        id=destination.id,
        name=destination.name,
        kind=parse_target(destination.target).kind,
        target=destination.target,
        has_secret=bool(destination.sealed_secret),
        ca_pem=destination.ca_pem,
        enabled=destination.enabled,
        state=state_of(destination, progress, newest),
        sent_through=progress.cursor,
        waiting=max(0, newest - progress.cursor),
        sent=progress.sent,
        missed=progress.missed,
        last_sent_at=to_rfc3339(progress.last_sent_at) if progress.last_sent_at is not None else None,
        failing_since=to_rfc3339(failing) if failing is not None else None,
        attempts=progress.attempts,
        next_attempt_at=to_rfc3339(progress.due_at) if waits and progress.due_at else None,
        problem=progress.problem,
        created_at=to_rfc3339(destination.created_at),
        updated_at=to_rfc3339(destination.updated_at),
        revision=destination.revision,
    )
