"""Joins mail, invites and notifications."""

from __future__ import annotations

import trio

from nimbus.composition.foundation import Foundation
from nimbus.composition.people import People
from nimbus.correspondence.invites import routes as invite_routes
from nimbus.correspondence.invites.acceptance import Acceptance
from nimbus.correspondence.invites.service import Invites
from nimbus.correspondence.mail import routes as mail_routes
from nimbus.correspondence.mail.outbox import Outbox, Postman
from nimbus.correspondence.mail.sending import Sender
from nimbus.correspondence.mail.service import Mail
from nimbus.correspondence.notifications import routes as notification_routes
from nimbus.correspondence.notifications.service import Notifications
from nimbus.correspondence.notifications.watch import Watch
from nimbus.db import Transaction
from nimbus.kernel.access import SYSTEM, Actor, Permission
from nimbus.kernel.errors import NotFound
from nimbus.kernel.routing import Route, Target
from nimbus.people.identity.invited import InvitedUsers
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.records.audit.trail import AuditTrail

# Of its own, so that people who accept invites do not wait for those who sign in, nor the other way round.
HASHING_THREADS = 1
MAX_WAITING = 16


class Correspondence:
    def __init__(self, foundation: Foundation, people: People, trail: AuditTrail) -> None:
        database, clock = foundation.database, foundation.clock
        audit, sealer = foundation.audit, foundation.sealer
        identity, organizations = people.sign_in, people.organizations
        self._grants, self._key_directory, self._clock = people.grants, people.key_directory, clock
        self._origins = identity.settings.origins
        hasher = PasswordHasher(
            cost=identity.settings.bcrypt_cost, threads=HASHING_THREADS, max_waiting=MAX_WAITING
        )
        self._users = users = InvitedUsers(
            clock, identity.users, hasher, min_password_length=identity.settings.min_password_length
        )
        sender = Sender()
        self.outbox = Outbox(clock, sealer)
        several = foundation.several
        fence = None if several is None else several.leadership.check
        self.postman = Postman(database, clock, sealer, sender, fence)
        self.mail = Mail(database, clock, audit, sealer, sender, users.email_of)
        self.invites = Invites(
            database,
            clock,
            audit,
            organizations,
            people.roles,
            people.groups,
            people.grants,
            users,
            self.outbox,
            base_url=people.base_url,
        )
        self.acceptance = Acceptance(
            database,
            clock,
            organizations,
            people.grants,
            people.memberships,
            people.bindings,
            users,
            identity.sessions,
            self.invites,
            self._inviter,
        )
        self.notifications = Notifications(database, clock, audit, organizations)
        self.watch = Watch(database, clock, trail, organizations, self.outbox)
        self.postman.subscribe(foundation.bus)
        self.watch.subscribe(foundation.bus)

    def lead(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.postman.run)
        nursery.start_soon(self.watch.run)

    async def remove_expired(self) -> None:
        await self.postman.remove_expired()
        await self.invites.remove_expired()
        await self.watch.remove_expired()

    def routes(self) -> list[Route]:
        return [
            *mail_routes.routes(self.mail),
            *invite_routes.routes(self.invites, self.acceptance, origins=self._origins),
            *notification_routes.routes(self.notifications),
        ]

    def _inviter(self, tx: Transaction, kind: str, principal_id: str) -> Actor | None:
        """As they are now, with what they may now. None: gone, or not let in any more."""
        if kind == "user":
            user = self._users.get(tx, principal_id)
            if user is None or not user.enabled:
                return None
            access = self._grants.of_user(tx, user.id, is_admin=user.is_admin)
            return Actor(kind="user", id=user.id, name=user.username, user_id=user.id, access=access)
        if kind != "key":
            return None
        try:
            key = self._key_directory.resolve(tx, SYSTEM, Permission.KEY_READ, Target(principal_id))
        except NotFound:
            return None
        if key.revoked_at is not None or (key.expires_at is not None and self._clock.now() >= key.expires_at):
            return None
        return Actor(kind="key", id=key.id, name=key.name, access=self._grants.of_key(tx, key.id))
