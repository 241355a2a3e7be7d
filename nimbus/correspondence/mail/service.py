"""The door to the settings of mail: show, set, try; and a look into the outbox."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from nimbus.correspondence.mail import store
from nimbus.correspondence.mail.message import composed, simple_html
from nimbus.correspondence.mail.outbox import PASSWORD_CONTEXT, MailQueued, relay_of, view
from nimbus.correspondence.mail.records import (
    Content,
    MailSettings,
    MailSettingsRequest,
    MailSettingsView,
    MailTest,
    MessageQuery,
    MessageView,
    Step,
)
from nimbus.correspondence.mail.rules import checked, same_way
from nimbus.correspondence.mail.sending import Sender
from nimbus.correspondence.mail.smtp import Delivery
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.kernel.sealing import Sealer
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

# The address of a user, "" when there is none.
AddressOf = Callable[[Transaction, str], str]


class Mail:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        sender: Sender,
        address_of: AddressOf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._sealer = sealer
        self._sender = sender
        self._address_of = address_of

    async def show(self, actor: Actor) -> MailSettingsView:
        actor.require_everywhere(Permission.SETTINGS_READ)
        return await self._database.read(lambda tx: _view(store.settings(tx)))

    async def change(self, actor: Actor, target: Target, request: MailSettingsRequest) -> MailSettingsView:
        """All of them. Mail that waits goes by the new ones, at once."""
        actor.require_all("set the mail server, which reads the links of invitations")

        def change(tx: Transaction) -> MailSettingsView:
            present = store.settings(tx)
            target.check_revision(present.revision)
            changed = checked(request, present, self._clock.now())
            changed = self._with_password(present, changed, request.password)
            store.set_settings(tx, changed)
            store.hasten(tx, self._clock.now())
            self._audit.record(
                tx, actor, "settings.update", _RESOURCE, before=_auditable(present), after=_auditable(changed)
            )
            tx.emit(MailQueued())
            return _view(changed)

        return await self._database.write(change)

    def _with_password(self, present: MailSettings, changed: MailSettings, given: str | None) -> MailSettings:
        if given is None:
            if present.sealed_password and not same_way(present, changed):
                raise invalid(
                    "password",
                    "has to be given again: the server, the way to it or the user name has changed",
                    next_step='Give the password, or "" for none.',
                )
            return changed
        sealed = self._sealer.seal(given, PASSWORD_CONTEXT) if given else ""
        return msgspec.structs.replace(changed, sealed_password=sealed)

    async def test(self, actor: Actor) -> MailTest:
        """Send a mail to whoever asks, now, and tell of each step. Raises Conflict when there is nothing to try."""
        actor.require_everywhere(Permission.SETTINGS_WRITE)

        def look(tx: Transaction) -> tuple[MailSettings, str]:
            address = self._address_of(tx, actor.user_id) if actor.user_id else ""
            return store.settings(tx), address

        settings, address = await self._database.read(look)
        if not settings.host:
            raise Conflict("no mail server is set", next_step="Set one with: nimbus mail set")
        if not address:
            raise Conflict(
                "you have no address that a test could go to",
                next_step="Give yourself one: nimbus iam update-user me --email ADDRESS",
            )
        tried = await self._try(settings, address)
        await self._database.write(
            lambda tx: self._audit.record(
                tx, actor, "settings.test", _RESOURCE, after={"recipient": address, "delivered": tried.ok}
            )
        )
        return tried

    async def _try(self, settings: MailSettings, address: str) -> MailTest:
        text = "This is a test of the mail settings of Nimbus. If you can read it, they are right."
        message = composed(
            mail_id=new_id(),
            sender=settings.from_address,
            sender_name=settings.from_name,
            recipient=address,
            subject="Nimbus: a test of the mail settings",
            content=Content(text + "\n", simple_html([text])),
            at=self._clock.now(),
        )
        delivery = Delivery(relay_of(settings, self._sealer))
        error = await self._sender.attempt(delivery, settings.from_address, address, message)
        steps = list(delivery.steps)
        if error is not None and not (steps and not steps[-1].ok):
            steps.append(Step("delivery", False, error.words))
        return MailTest(error is None, address, steps)

    async def messages(self, actor: Actor, query: MessageQuery) -> tuple[list[MessageView], int]:
        actor.require_everywhere(Permission.SETTINGS_READ)

        def read_page(tx: Transaction) -> tuple[list[MessageView], int]:
            messages, total = store.select(tx, query)
            return [view(message) for message in messages], total

        return await self._database.read(read_page)


_RESOURCE = Resource("settings", "mail", "mail")


def _view(settings: MailSettings) -> MailSettingsView:
    return MailSettingsView(
        enabled=settings.enabled,
        host=settings.host,
        port=settings.port,
        security=settings.security,
        username=settings.username,
        has_password=bool(settings.sealed_password),
        from_address=settings.from_address,
        from_name=settings.from_name,
        ca_pem=settings.ca_pem,
        timeout=settings.timeout_s,
        revision=settings.revision,
        updated_at=to_rfc3339(settings.updated_at) if settings.updated_at else None,
    )


def _auditable(settings: MailSettings) -> dict[str, object]:
    return {
        "enabled": settings.enabled,
        "host": settings.host,
        "port": settings.port,
        "security": settings.security,
        "username": settings.username,
        "has_password": bool(settings.sealed_password),
        "from_address": settings.from_address,
        "from_name": settings.from_name,
        "ca_pem": settings.ca_pem,
        "timeout": settings.timeout_s,
    }
