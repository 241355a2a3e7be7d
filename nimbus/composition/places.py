"""Joins organizations and workspaces with everything that lives in them: what goes when one is deleted, and what
has a say when a workspace moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nimbus.composition.correspondence import Correspondence
from nimbus.composition.foundation import Foundation
from nimbus.composition.people import People
from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.routing import Route
from nimbus.people.organizations import routes as organization_routes
from nimbus.people.organizations.administration import OrganizationAdministration
from nimbus.people.organizations.contents import Occupant
from nimbus.people.roles.records import Binding


class Occupants(msgspec.Struct, frozen=True):
    """What the wings above people bring: kinds of things in a workspace, in the order in which they go, what takes
    away the rest of their rows before the workspace itself, and what follows a new name or organization of it."""

    first: tuple[Occupant, ...] = ()
    last: tuple[Occupant, ...] = ()
    before_deletion: tuple[Callable[[Transaction, str], Any], ...] = ()
    after_placing: tuple[Callable[[Transaction, str], Any], ...] = ()


class Places:
    def __init__(
        self,
        foundation: Foundation,
        people: People,
        correspondence: Correspondence,
        occupants: Occupants = Occupants(),  # noqa: B008  (frozen)
    ) -> None:
        self._people, self._correspondence = people, correspondence
        self.administration = OrganizationAdministration(
            foundation.database,
            foundation.clock,
            foundation.audit,
            people.organizations,
            in_workspace=(*occupants.first, *self._in_workspace(), *occupants.last),
            in_organization=self._in_organization(),
            before_deletion=occupants.before_deletion,
            with_organization=(correspondence.notifications.forget_organization,),
            after_placing=occupants.after_placing,
            before_requiring_factors=people.sign_in.factor_policy.check_own,
            on_moved=(
                people.bindings.on_workspace_moved,
                people.keys.on_workspace_moved,
                correspondence.invites.on_workspace_moved,
            ),
        )

    def routes(self) -> list[Route]:
        return organization_routes.routes(self.administration)

    def _in_workspace(self) -> tuple[Occupant, ...]:
        keys, invites = self._people.keys, self._correspondence.invites
        return (
            Occupant("keys", Permission.KEY_DELETE, keys.names_in_workspace, keys.remove_all_of_workspace),
            self._grants(self._people.bindings.in_workspace),
            Occupant(
                "invites",
                Permission.INVITE_DELETE,
                invites.pending_in_workspace,
                invites.revoke_all_of_workspace,
            ),
        )

    def _in_organization(self) -> tuple[Occupant, ...]:
        keys, invites = self._people.keys, self._correspondence.invites
        users = self._people.sign_in.users
        return (
            Occupant(
                "keys", Permission.KEY_DELETE, keys.names_in_organization, keys.remove_all_of_organization
            ),
            self._grants(self._people.bindings.in_organization),
            Occupant(
                "invites",
                Permission.INVITE_DELETE,
                invites.pending_in_organization,
                invites.revoke_all_of_organization,
            ),
            self._groups(),
            self._roles(),
            Occupant(
                "users", Permission.USER_DELETE, users.names_in_organization, users.remove_all_of_organization
            ),
        )

    def _grants(self, in_place: Callable[[Transaction, str], Sequence[Binding]]) -> Occupant:
        def names(tx: Transaction, place_id: str) -> list[str]:
            return [binding.principal_kind for binding in in_place(tx, place_id)]

        def remove(tx: Transaction, actor: Actor, place_id: str) -> None:
            for binding in in_place(tx, place_id):
                self._people.bindings.revoke(tx, actor, binding)

        return Occupant("grants", Permission.ROLE_DELETE, names, remove)

    def _groups(self) -> Occupant:
        groups = self._people.groups

        def names(tx: Transaction, organization_id: str) -> list[str]:
            return [group.name for group in groups.of_organization(tx, organization_id)]

        def remove(tx: Transaction, actor: Actor, organization_id: str) -> None:
            for group in groups.of_organization(tx, organization_id):
                groups.remove(tx, actor, group)

        return Occupant("groups", Permission.GROUP_DELETE, names, remove)

    def _roles(self) -> Occupant:
        roles = self._people.roles

        def names(tx: Transaction, organization_id: str) -> list[str]:
            return [role.name for role in roles.of_organization(tx, organization_id)]

        def remove(tx: Transaction, actor: Actor, organization_id: str) -> None:
            for role in roles.of_organization(tx, organization_id):
                roles.remove(tx, actor, role)

        return Occupant("roles", Permission.ROLE_DELETE, names, remove)
