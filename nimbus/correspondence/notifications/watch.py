"""The loop that follows the audit log and writes the mails."""

from __future__ import annotations

import logging

from nimbus.correspondence.mail.outbox import Outbox
from nimbus.correspondence.mail.records import Letter
from nimbus.correspondence.notifications import store
from nimbus.correspondence.notifications.records import Item, Kind
from nimbus.correspondence.notifications.rules import counted, digest, kind_of, sentence
from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.changes import ChangesStored, ResourceChanged
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import NotFound
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.attempts import Attempts
from nimbus.records.audit.records import AuditView, ExportQuery
from nimbus.records.audit.trail import AuditTrail

BATCH = 500
# Refusals raise no event.
LOOK_AGAIN_S = 15.0
MAIL_INTERVAL_S = 60.0
MAIL_EXPIRES_S = 86400.0
KEEP_S = 86400.0
VERIFY_EVERY_S = 86400.0
log = logging.getLogger("nimbus.notifications")


class Watch:
    """Belongs to the Trio thread; there is one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        trail: AuditTrail,
        organizations: Organizations,
        outbox: Outbox,
    ) -> None:
        self._database = database
        self._clock = clock
        self._trail = trail
        self._organizations = organizations
        self._outbox = outbox
        self._wakeup = Wakeup()
        self._verified_at = clock.monotonic()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ResourceChanged, self._wakeup.signal)
        bus.subscribe(ChangesStored, self._wakeup.signal)

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "notifications could not be made", f"trying again in {LOOK_AGAIN_S:g} s")
        while True:
            with attempts:
                await self.process_new_rows()
                await self._verify_now_and_then()
            await self._wakeup.wait(LOOK_AGAIN_S)

    async def process_new_rows(self) -> None:
        """Take in what is new in the audit log, and queue the mails that are due."""
        cursor = await self._database.read(store.cursor)
        if cursor is None:
            # What happened before there was anybody to tell is no news.
            newest = await self._newest()
            await self._database.write(lambda tx: store.begin_at(tx, newest))
            return
        while True:
            rows = (await self._trail.after(SYSTEM, ExportQuery(after=cursor, limit=BATCH))).data
            if not rows:
                break
            after = cursor
            await self._database.write(lambda tx, after=after, rows=rows: self._note(tx, after, rows))  # type: ignore[misc]
            cursor = rows[-1].sequence
        await self._database.write(self._mail)

    async def alarm(self, kind: Kind, line: str, source: str) -> None:
        """Something that no row of the audit log tells. `source` names the occasion: each is told once a mail."""

        def alarm(tx: Transaction) -> None:
            if self._outbox.is_on(tx):
                self._add(tx, kind, f"alarm:{source}", line, self._clock.now(), None)

        await self._database.write(alarm)
        self._wakeup.signal()

    async def remove_expired(self) -> None:
        """Called now and then."""
        before = self._clock.now() - from_seconds(KEEP_S)
        await self._database.write(lambda tx: store.forget(tx, before))

    async def _newest(self) -> int:
        try:
            return (await self._trail.head(SYSTEM)).sequence
        except NotFound:
            return 0

    async def _verify_now_and_then(self) -> None:
        now = self._clock.monotonic()
        if now - self._verified_at < VERIFY_EVERY_S:
            return
        self._verified_at = now
        finding = (await self._trail.verification(SYSTEM)).finding
        if finding is not None:
            line = f"the audit log does not hold at row {finding.sequence}: {finding.message}"
            await self.alarm(Kind.AUDIT_FAILURE, line, f"audit:{finding.sequence}")

    def _note(self, tx: Transaction, cursor: int, rows: list[AuditView]) -> None:
        if not store.advance(tx, cursor, rows[-1].sequence):
            return
        if not self._outbox.is_on(tx):
            # Nobody can be told; nor later, of what is old by then.
            store.forget_items(tx)
            return
        for row in rows:
            kind = kind_of(row)
            if kind is not None and self._is_due(tx, kind, row):
                place, organization_id = self._place(tx, row)
                at = self._clock.now()
                self._add(tx, kind, str(row.sequence), sentence(kind, row, place), at, organization_id)

    def _is_due(self, tx: Transaction, kind: Kind, row: AuditView) -> bool:
        if kind is not Kind.SIGN_IN_FAILURES:
            return True
        tally, tells = counted(store.tally(tx, row.resource.id), row.resource.id, self._clock.now())
        store.set_tally(tx, tally)
        return tells

    def _place(self, tx: Transaction, row: AuditView) -> tuple[str, str | None]:
        """Its name, and the organization; of what has gone: nothing."""
        try:
            if row.workspace_id:
                workspace = self._organizations.get(tx, row.workspace_id)
                return workspace.full_name, workspace.organization_id
            if row.organization_id:
                organization = self._organizations.get_organization(tx, row.organization_id)
                return organization.name, organization.id
        except NotFound:
            return "", None
        return "", None

    def _add(
        self, tx: Transaction, kind: Kind, source: str, line: str, at: int, organization_id: str | None
    ) -> None:
        for place in {"", organization_id or ""}:
            settings = store.settings(tx, place)
            if kind in settings.kinds:
                for recipient in settings.recipients:
                    store.add_item(tx, Item(recipient, source, kind, line, at))

    def _mail(self, tx: Transaction) -> None:
        now = self._clock.now()
        for recipient, last_at in store.waiting(tx):
            if 0 <= now - last_at < from_seconds(MAIL_INTERVAL_S):
                continue
            subject, text, html = digest(store.items_of(tx, recipient))
            self._outbox.queue(
                tx,
                Letter(
                    recipient=recipient,
                    subject=subject,
                    text=text,
                    html=html,
                    purpose="notification",
                    reference="notifications",
                    expires_at=now + from_seconds(MAIL_EXPIRES_S),
                ),
            )
            store.mailed(tx, recipient, now)
