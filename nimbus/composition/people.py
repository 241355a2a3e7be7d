"""Joins the slices of people and access: organizations, roles, users, keys, single sign-on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nimbus.composition.foundation import Foundation
from nimbus.composition.identity import IdentityHooks, IdentityServices, IdentitySettings
from nimbus.composition.single_sign_on import SingleSignOn
from nimbus.db import Transaction
from nimbus.kernel.access import Access, Actor
from nimbus.kernel.credentials import Recogniser
from nimbus.kernel.routing import Route
from nimbus.people.identity.directory import UserDirectory
from nimbus.people.identity.records import User
from nimbus.people.keys import routes as key_routes
from nimbus.people.keys.directory import KeyDirectory
from nimbus.people.keys.recognition import KeyRecognition
from nimbus.people.keys.service import Keys
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles import routes as role_routes
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.effective import AccessTables
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.memberships import Memberships
from nimbus.people.roles.service import Roles
from nimbus.people.single_sign_on.external_sessions import ExternalSessions


class People:
    """Every service of these slices, by name. What people are told is `Correspondence`; what happens to an
    organization and all that is in it is `Places`."""

    def __init__(
        self,
        foundation: Foundation,
        settings: IdentitySettings,
        *,
        base_url: str = "",
        on_set_up: Iterable[Callable[[], None]] = (),
    ) -> None:
        database, clock, audit = foundation.database, foundation.clock, foundation.audit
        self.clock = clock
        self.organizations = Organizations(clock)
        self.grants = Grants(self.organizations, clock)
        self.roles = Roles(database, clock, audit, self.organizations)
        users, self.key_directory = UserDirectory(), KeyDirectory()
        self.groups = Groups(database, clock, audit, self.organizations, self.grants)
        self.memberships = Memberships(database, audit, self.groups, self.grants, users.find)
        self.bindings = Bindings(
            database,
            clock,
            audit,
            self.organizations,
            self.roles,
            self.grants,
            self.groups,
            users,
            self.key_directory,
        )
        self.tables = AccessTables(database, self.organizations, self.bindings)
        self.keys = Keys(
            database,
            clock,
            audit,
            foundation.sealer,
            self.organizations,
            self.roles,
            self.grants,
            self.bindings,
            self.key_directory,
        )
        self.key_recognition = KeyRecognition(
            database, clock, foundation.sealer, self.grants, with_others=foundation.several is not None
        )
        self.key_recognition.subscribe(foundation.bus)
        external_sessions = ExternalSessions(foundation.sealer)
        self.sign_in = IdentityServices(
            foundation,
            self.organizations,
            settings,
            IdentityHooks((self._guard,), (self._on_user_deleted,), (external_sessions.follow,)),
            access_of=self._access_of,
            on_set_up=on_set_up,
        )
        self.base_url = base_url or f"https://{settings.host}:8443"
        self.single_sign_on = SingleSignOn(
            foundation,
            self.organizations,
            self.groups,
            self.memberships,
            self.sign_in,
            external_sessions,
            base_url=self.base_url,
        )

    async def load(self) -> None:
        await self.key_recognition.load()
        await self.sign_in.load()

    async def remove_expired(self) -> None:
        await self.key_recognition.remove_expired()
        await self.sign_in.remove_expired()
        await self.single_sign_on.remove_expired()

    @property
    def recognisers(self) -> tuple[Recogniser, ...]:
        return self.key_recognition.recognise, self.sign_in.sessions.recognise

    def routes(self) -> list[Route]:
        return [
            *role_routes.routes(self.roles, self.groups, self.memberships, self.bindings, self.tables),
            *key_routes.routes(self.keys),
            *self.sign_in.routes(),
            *self.single_sign_on.routes(),
        ]

    def _access_of(self, tx: Transaction, user: User) -> Access:
        return self.grants.of_user(tx, user.id, is_admin=user.is_admin)

    def _guard(self, tx: Transaction, user: User) -> None:
        self.grants.check_not_last_owner(tx, user.id)

    def _on_user_deleted(self, tx: Transaction, actor: Actor, user: User) -> None:
        self.keys.remove_all_of(tx, actor, user.id)
        self.grants.forget(tx, "user", user.id)
