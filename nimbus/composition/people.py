"""Joins the slices of people and access: organizations, roles, users, keys. Part of the composition root, apart
because `nimbus bootstrap` joins them too, without a control plane."""

from __future__ import annotations

from nimbus.composition.correspondence import Correspondence
from nimbus.db import Database, Transaction
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.credentials import Recogniser
from nimbus.kernel.events import EventBus
from nimbus.kernel.routing import Route
from nimbus.kernel.sealing import Sealer
from nimbus.people.identity.composition import IdentityServices, IdentitySettings
from nimbus.people.identity.directory import UserDirectory
from nimbus.people.identity.records import User
from nimbus.people.identity.service import Identity
from nimbus.people.keys import routes as key_routes
from nimbus.people.keys.recognition import KeyRecognition
from nimbus.people.keys.service import Keys
from nimbus.people.organizations import routes as organization_routes
from nimbus.people.organizations.administration import OrganizationAdministration
from nimbus.people.organizations.contents import Occupant
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles import routes as role_routes
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.service import Roles
from nimbus.people.single_sign_on.composition import SingleSignOn
from nimbus.records.audit.refusals import RefusalLog
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Verifier


class People:
    """Every service of these slices, by name."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        sealer: Sealer,
        refusals: RefusalLog,
        settings: IdentitySettings,
        *,
        base_url: str = "",
    ) -> None:
        self.organizations = Organizations(clock)
        self.administration = OrganizationAdministration(database, clock, audit, self.organizations)
        self.identity = Identity(clock, audit, sealer)
        users = UserDirectory()
        self.grants = Grants(self.organizations)
        self.roles = Roles(database, clock, audit, self.organizations)
        self.groups = Groups(database, clock, audit, self.organizations, self.grants, users.find)
        self.keys = Keys(database, clock, audit, sealer, self.organizations, self.roles, self.grants)
        self.bindings = Bindings(
            database, clock, audit, self.organizations, self.roles, self.grants, self.groups, users, self.keys
        )
        self.keys.bindings = self.bindings
        self.key_recognition = KeyRecognition(database, clock, sealer, self.grants)
        self.sign_in = IdentityServices(
            database, clock, audit, sealer, self.organizations, refusals, settings, access_of=self._access_of
        )
        base_url = base_url or f"https://{settings.host}:8443"
        self.single_sign_on = SingleSignOn(
            database,
            clock,
            audit,
            sealer,
            self.organizations,
            self.groups,
            self.sign_in,
            refusals,
            base_url=base_url,
        )
        trail = AuditTrail(database, Verifier(database, audit), self.organizations.reached, audit)
        self.correspondence = Correspondence(
            database,
            clock,
            audit,
            sealer,
            self.organizations,
            self.roles,
            self.groups,
            self.grants,
            self.bindings,
            self.keys,
            self.sign_in,
            trail,
            base_url=base_url,
        )
        self.sign_in.users.guards.append(lambda tx, user: self.grants.check_not_last_owner(tx, user.id))
        self.sign_in.users.on_deleted.append(self._on_user_deleted)
        self.administration.on_moved += [self.bindings.on_workspace_moved, self.keys.on_workspace_moved]
        invites = self.correspondence.invites
        self.administration.on_moved.append(invites.on_workspace_moved)
        self.administration.in_workspace += self._in_workspace()
        self.administration.in_organization += self._in_organization()

    def subscribe(self, bus: EventBus) -> None:
        self.key_recognition.subscribe(bus)
        self.sign_in.subscribe(bus)
        self.correspondence.subscribe(bus)

    async def load(self) -> None:
        await self.key_recognition.load()
        await self.sign_in.load()

    async def keep_house(self) -> None:
        await self.key_recognition.keep_house()
        await self.sign_in.keep_house()
        await self.single_sign_on.keep_house()
        await self.correspondence.keep_house()

    @property
    def recognisers(self) -> tuple[Recogniser, ...]:
        return self.key_recognition.recognise, self.sign_in.sessions.recognise

    def routes(self) -> list[Route]:
        return [
            *organization_routes.routes(self.administration),
            *role_routes.routes(self.roles, self.groups, self.bindings),
            *key_routes.routes(self.keys),
            *self.sign_in.routes(),
            *self.single_sign_on.routes(),
            *self.correspondence.routes(),
        ]

    def _access_of(self, tx: Transaction, user: User) -> Access:
        return self.grants.of_user(tx, user.id, is_admin=user.is_admin)

    def _on_user_deleted(self, tx: Transaction, actor: Actor, user: User) -> None:
        self.keys.remove_all_of(tx, actor, user.id)
        self.grants.forget(tx, "user", user.id)

    def _in_workspace(self) -> list[Occupant]:
        def names(tx: Transaction, workspace_id: str) -> list[str]:
            return [one.principal_kind for one in self.bindings.in_workspace(tx, workspace_id)]

        def remove(tx: Transaction, actor: Actor, workspace_id: str) -> None:
            for one in self.bindings.in_workspace(tx, workspace_id):
                self.bindings.take(tx, actor, one)

        return [
            Occupant(
                "keys", Permission.KEY_DELETE, self.keys.names_in_workspace, self.keys.remove_all_of_workspace
            ),
            Occupant("grants", Permission.ROLE_DELETE, names, remove),
            Occupant(
                "invites",
                Permission.INVITE_DELETE,
                self.correspondence.invites.pending_in_workspace,
                self.correspondence.invites.revoke_all_of_workspace,
            ),
        ]

    def _in_organization(self) -> list[Occupant]:
        def grants(tx: Transaction, organization_id: str) -> list[str]:
            return [one.principal_kind for one in self.bindings.in_organization(tx, organization_id)]

        def remove_grants(tx: Transaction, actor: Actor, organization_id: str) -> None:
            for one in self.bindings.in_organization(tx, organization_id):
                self.bindings.take(tx, actor, one)

        def groups(tx: Transaction, organization_id: str) -> list[str]:
            return [group.name for group in self.groups.of_organization(tx, organization_id)]

        def remove_groups(tx: Transaction, actor: Actor, organization_id: str) -> None:
            for group in self.groups.of_organization(tx, organization_id):
                self.groups.remove(tx, actor, group)

        def roles(tx: Transaction, organization_id: str) -> list[str]:
            return [role.name for role in self.roles.of_organization(tx, organization_id)]

        def remove_roles(tx: Transaction, actor: Actor, organization_id: str) -> None:
            for role in self.roles.of_organization(tx, organization_id):
                self.roles.remove(tx, actor, role)

        return [
            Occupant(
                "keys",
                Permission.KEY_DELETE,
                self.keys.names_in_organization,
                self.keys.remove_all_of_organization,
            ),
            Occupant("grants", Permission.ROLE_DELETE, grants, remove_grants),
            Occupant(
                "invites",
                Permission.INVITE_DELETE,
                self.correspondence.invites.pending_in_organization,
                self.correspondence.invites.revoke_all_of_organization,
            ),
            Occupant("groups", Permission.GROUP_DELETE, groups, remove_groups),
            Occupant("roles", Permission.ROLE_DELETE, roles, remove_roles),
            Occupant(
                "users",
                Permission.USER_DELETE,
                self.sign_in.users.names_in_organization,
                self.sign_in.users.remove_all_of_organization,
            ),
        ]
