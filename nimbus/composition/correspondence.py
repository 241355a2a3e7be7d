"""Mail, invites and notifications, joined: for the composition root and for tests."""

from __future__ import annotations

import trio

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
from nimbus.db import Database, Transaction
from nimbus.kernel.access import SYSTEM, Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import NotFound
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Route, Target
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.composition import IdentityServices
from nimbus.people.identity.invited import InvitedUsers
from nimbus.people.identity.passwords import PasswordHasher
from nimbus.people.keys.service import Keys
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.service import Roles
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.trail import AuditTrail

# Of its own, so that people who accept invites do not wait for those who sign in, nor the other way round.
HASHING_THREADS = 1
MAX_WAITING = 16


class Correspondence:
    """`base_url` is where people reach this control plane: https://HOST:PORT, without a slash at its end."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        organizations: Organizations,
        roles: Roles,
        groups: Groups,
        grants: Grants,
        bindings: Bindings,
        keys: Keys,
        identity: IdentityServices,
        trail: AuditTrail,
        *,
        base_url: str,
    ) -> None:
        self._grants = grants
        self._origins = identity.settings.origins
        hasher = PasswordHasher(
            cost=identity.settings.bcrypt_cost, threads=HASHING_THREADS, max_waiting=MAX_WAITING
        )
        self._users = users = InvitedUsers(
            clock, identity.users, hasher, min_password_length=identity.settings.min_password_length
        )
        self._keys, self._clock = keys, clock
        sender = Sender()
        self.outbox = Outbox(clock, sealer)
        self.postman = Postman(database, clock, sealer, sender)
        self.mail = Mail(database, clock, audit, sealer, sender, users.email_of)
        self.invites = Invites(
            database,
            clock,
            audit,
            organizations,
            roles,
            groups,
            grants,
            users,
            self.outbox,
            base_url=base_url,
        )
        self.acceptance = Acceptance(
            database,
            clock,
            organizations,
            grants,
            groups,
            bindings,
            users,
            identity.sessions,
            self.invites,
            self._inviter,
        )
        self.notifications = Notifications(database, clock, audit, organizations)
        self.watch = Watch(database, clock, trail, organizations, self.outbox)

    def subscribe(self, bus: EventBus) -> None:
        self.postman.subscribe(bus)
        self.watch.subscribe(bus)

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.postman.run)
        nursery.start_soon(self.watch.run)

    async def keep_house(self) -> None:
        await self.postman.keep_house()
        await self.invites.keep_house()
        await self.watch.keep_house()

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
            key = self._keys.resolve(tx, SYSTEM, Permission.KEY_READ, Target(principal_id))
        except NotFound:
            return None
        if key.revoked_at is not None or (key.expires_at is not None and self._clock.now() >= key.expires_at):
            return None
        return Actor(kind="key", id=key.id, name=key.name, access=self._grants.of_key(tx, key.id))
