"""The outbox: queueing in the caller's transaction, and the loop that hands mail to the relay."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
import trio

from nimbus.correspondence.mail import store
from nimbus.correspondence.mail.addresses import check_address
from nimbus.correspondence.mail.message import MAX_SUBJECT, composed
from nimbus.correspondence.mail.records import Content, Letter, MailSettings, MessageView, Queued, Relay
from nimbus.correspondence.mail.rules import MAX_AGE_S, check_header, delay_after, until_due
from nimbus.correspondence.mail.sending import STEPS_IN_ALL, Sender
from nimbus.correspondence.mail.smtp import DeliveryFailed
from nimbus.db import Database, Transaction
from nimbus.kernel.clock import Clock, from_seconds, to_rfc3339
from nimbus.kernel.errors import RateLimited, Unavailable
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.kernel.ids import new_id
from nimbus.kernel.sealing import Sealer
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.errors import NimbusError

MAX_QUEUED = 10_000
KEEP_FINISHED = 10_000
KEEP_FINISHED_S = 30 * 86400.0
# While the relay is not there, one mail finds it out for all.
PAUSE_S = 30.0
LOOK_AGAIN_S = 30.0
# For what comes before and after a delivery.
HOLD_MARGIN_S = 30.0
PER_ADDRESS_AN_HOUR = 10
_HOUR = from_seconds(3600)
log = logging.getLogger("nimbus.mail")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Content).decode


class MailQueued(msgspec.Struct, frozen=True):
    """Event: there is something to send, or a way to send it."""


class Outbox:
    """Methods run in the caller's transaction."""

    def __init__(self, clock: Clock, sealer: Sealer) -> None:
        self._clock = clock
        self._sealer = sealer

    def is_on(self, tx: Transaction) -> bool:
        return store.settings(tx).is_on

    def check_room(self, tx: Transaction, recipient: str) -> None:
        """Before mail that somebody asked for goes to an address. Raises RateLimited."""
        if store.count_to(tx, recipient, self._clock.now() - _HOUR) >= PER_ADDRESS_AN_HOUR:
            raise RateLimited("too much mail to this address within an hour", retry_after=3600)

    def queue(self, tx: Transaction, letter: Letter) -> str:
        """The id. Raises ValidationError for what cannot be in a header, Unavailable when too much waits."""
        if store.count_queued(tx) >= MAX_QUEUED:
            raise Unavailable("too much mail waits for the mail server", next_step="See: nimbus mail show")
        now, mail_id = self._clock.now(), new_id()
        content = _encode(Content(letter.text, letter.html)).decode()
        store.insert(
            tx,
            Queued(
                id=mail_id,
                recipient=check_address(letter.recipient),
                subject=check_header(letter.subject, "subject", MAX_SUBJECT),
                purpose=letter.purpose,
                reference=letter.reference,
                sealed_content=self._sealer.seal(content, content_context(mail_id)),
                state="queued",
                attempts=0,
                due_at=now,
                created_at=now,
                expires_at=min(letter.expires_at, now + from_seconds(MAX_AGE_S)),
                finished_at=None,
                answer="",
            ),
        )
        tx.emit(MailQueued())
        return mail_id

    def withdraw(self, tx: Transaction, reference: str, why: str) -> None:
        """What is still queued about this is of no use any more."""
        store.withdraw(tx, reference, self._clock.now(), why)

    def about(self, tx: Transaction, reference: str) -> MessageView | None:
        """The newest mail about a resource."""
        message = store.newest_about(tx, reference)
        return view(message) if message else None


class Postman:
    """Belongs to the Trio thread; there is one. `fence`: there may be other control planes on this database; in
    the transaction before a mail goes out it raises when this one is not the one that sends."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        sender: Sender,
        fence: Callable[[Transaction], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._sender = sender
        self._fence = fence
        self._wakeup = Wakeup()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(MailQueued, self._wakeup.signal)

    async def run(self) -> None:
        """Send what is due, until cancelled."""
        attempts = Attempts(log, "mail could not be sent", f"trying again in {LOOK_AGAIN_S:g} s")
        while True:
            wait = LOOK_AGAIN_S
            with attempts:
                wait = await self.send_due()
            await self._wakeup.wait(wait)

    async def send_due(self) -> float:
        """Everything that is due. Seconds until there may be more."""
        while True:
            await trio.lowlevel.checkpoint()
            settings, queued = await self._database.read(lambda tx: (store.settings(tx), store.next_due(tx)))
            now = self._clock.now()
            if queued is None or not settings.is_on:
                return LOOK_AGAIN_S
            wait = until_due(queued.due_at, now)
            if wait > 0:
                return min(LOOK_AGAIN_S, max(0.05, wait))
            if self._fence is None or await self._hold(self._fence, settings, queued):
                await self._send(settings, queued)

    async def _hold(
        self, fence: Callable[[Transaction], None], settings: MailSettings, queued: Queued
    ) -> bool:
        """Nobody else takes it until the relay has answered, or cannot answer any more: not even who leads
        after this control plane."""
        until = self._clock.now() + from_seconds(STEPS_IN_ALL * settings.timeout_s + HOLD_MARGIN_S)

        def hold(tx: Transaction) -> bool:
            fence(tx)
            return store.hold(tx, queued.id, queued.due_at, until)

        return await self._database.write(hold)

    async def remove_expired(self) -> None:
        """Called now and then: forget what was sent long ago; give up what waited too long for a relay."""
        now = self._clock.now()

        def remove_expired(tx: Transaction) -> None:
            store.expire(tx, now)
            store.forget(tx, now - from_seconds(KEEP_FINISHED_S), KEEP_FINISHED)

        await self._database.write(remove_expired)

    async def _send(self, settings: MailSettings, queued: Queued) -> None:
        if queued.expires_at <= self._clock.now():
            await self._finish(queued, "failed", queued.attempts, queued.answer or "too old to be sent")
            return
        attempts = queued.attempts + 1
        try:
            content = _decode(self._sealer.open(queued.sealed_content, content_context(queued.id)))
            message = composed(
                mail_id=queued.id,
                sender=settings.from_address,
                sender_name=settings.from_name,
                recipient=queued.recipient,
                subject=queued.subject,
                content=content,
                at=queued.created_at,
            )
            steps = await self._sender.deliver(
                relay_of(settings, self._sealer), settings.from_address, queued.recipient, message
            )
        except DeliveryFailed as error:
            await self._failed(queued, attempts, error)
        except NimbusError as error:
            # It cannot be opened or written as it is: the others must not wait for it.
            await self._failed(queued, attempts, DeliveryFailed(error.line(), reached=True))
        else:
            await self._finish(queued, "sent", attempts, steps[-1].answer)

    async def _failed(self, queued: Queued, attempts: int, error: DeliveryFailed) -> None:
        log.warning("mail %s (%s) was not taken: %s", queued.id, queued.purpose, error.words)
        if error.permanent:
            await self._finish(queued, "failed", attempts, error.words)
            return
        now = self._clock.now()
        due_at = now + delay_after(attempts)

        def failed(tx: Transaction) -> None:
            store.try_again(tx, queued.id, attempts, due_at, error.words)
            if not error.reached:
                store.defer(tx, now + from_seconds(PAUSE_S))

        await self._database.write(failed)

    async def _finish(self, queued: Queued, state: str, attempts: int, answer: str) -> None:
        now = self._clock.now()
        await self._database.write(lambda tx: store.finish(tx, queued.id, state, attempts, now, answer))


def relay_of(settings: MailSettings, sealer: Sealer) -> Relay:
    sealed = settings.sealed_password
    return Relay(
        settings.host,
        settings.port,
        settings.security,
        settings.username,
        sealer.open(sealed, PASSWORD_CONTEXT) if sealed else "",
        settings.ca_pem,
        settings.timeout_s,
    )


PASSWORD_CONTEXT = "mail-password"  # noqa: S105


def content_context(mail_id: str) -> str:
    return f"outbox:{mail_id}"


def view(message: Queued) -> MessageView:
    return MessageView(
        id=message.id,
        recipient=message.recipient,
        subject=message.subject,
        purpose=message.purpose,
        reference=message.reference,
        state=message.state,
        attempts=message.attempts,
        answer=message.answer,
        created_at=to_rfc3339(message.created_at),
        next_attempt_at=to_rfc3339(message.due_at) if message.state == "queued" else None,
        finished_at=to_rfc3339(message.finished_at) if message.finished_at is not None else None,
    )
