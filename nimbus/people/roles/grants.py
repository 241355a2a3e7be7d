"""What a principal may do, summed up from their bindings; and why they may or may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nimbus.db import Transaction
from nimbus.kernel.access import EVERYWHERE, Access, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import LastOwner
from nimbus.kernel.principals import AccessChanged
from nimbus.people.organizations.service import Organizations
from nimbus.people.roles import store
from nimbus.people.roles.records import Binding, Grant, Role
from nimbus.people.roles.rules import BUILT_IN_BY_ID, OWNER_ID, sum_up


class Grants:
    """Everything here runs inside a transaction of the caller."""

    def __init__(self, organizations: Organizations, clock: Clock) -> None:
        self._organizations = organizations
        self._clock = clock

    def of_user(self, tx: Transaction, user_id: str, *, is_admin: bool) -> Access:
        return EVERYWHERE if is_admin else self._access(tx, self.grants(tx, "user", user_id))

    def of_key(self, tx: Transaction, key_id: str) -> Access:
        """Of a service key, which has bindings of its own."""
        return self._access(tx, self.grants(tx, "key", key_id))

    def of_group(self, tx: Transaction, group_id: str) -> Access:
        return self._access(tx, self.grants(tx, "group", group_id))

    def _access(self, tx: Transaction, grants: list[Grant]) -> Access:
        organizations = {grant.organization_id for grant in grants}
        workspaces = {
            organization: [workspace.id for workspace in self._organizations.workspaces_of(tx, organization)]
            for organization in organizations
        }
        return sum_up(grants, workspaces, store.visible_organizations(tx) & organizations)

    def grants(self, tx: Transaction, kind: str, principal_id: str) -> list[Grant]:
        """Those that are good now."""
        return self.good_and_over(tx, kind, principal_id)[0]

    def good_and_over(self, tx: Transaction, kind: str, principal_id: str) -> tuple[list[Grant], list[Grant]]:
        """Those that are good now, and those that have ended and are not swept yet."""
        now = self._clock.now()
        grants = self._all(tx, kind, principal_id)
        over = [grant for grant in grants if grant.expires_at is not None and now >= grant.expires_at]
        return [grant for grant in grants if grant not in over], over

    def _all(self, tx: Transaction, kind: str, principal_id: str) -> list[Grant]:
        grants = [self._grant(tx, binding) for binding in store.bindings_of(tx, kind, principal_id)]
        if kind == "user":
            for group in store.groups_of(tx, principal_id):
                grants += [
                    self._grant(tx, binding, f"the group {group.name}")
                    for binding in store.bindings_of(tx, "group", group.id)
                ]
        return [grant for grant in grants if grant is not None]

    def _grant(self, tx: Transaction, binding: Binding, through: str = "") -> Grant | None:
        role = self.role(tx, binding.role_id)
        if role is None:
            return None
        return Grant(
            binding.id,
            role.name,
            role.permissions,
            binding.organization_id,
            binding.workspace_id,
            through,
            binding.expires_at,
        )

    def role(self, tx: Transaction, role_id: str) -> Role | None:
        return BUILT_IN_BY_ID.get(role_id) or store.get_role(tx, role_id)

    def permissions_of_role(self, tx: Transaction, role_id: str) -> frozenset[Permission]:
        """None at all of a role that is gone."""
        role = self.role(tx, role_id)
        return role.permissions if role else frozenset()

    # What must hold when principals go.

    @contextmanager
    def keeping_owners(self, tx: Transaction, organization_id: str) -> Iterator[None]:
        """Around a change of bindings or groups: an organization that has an owner keeps one. Who is it for a while
        only does not count."""
        before = store.owners(tx, organization_id, OWNER_ID)
        yield
        if before and not store.owners(tx, organization_id, OWNER_ID):
            raise _last_owner(self._organizations.get_organization(tx, organization_id).name)

    def check_not_last_owner(self, tx: Transaction, user_id: str) -> None:
        """Before a user is disabled or deleted."""
        for organization_id in store.owned_organizations(tx, OWNER_ID):
            if store.owners(tx, organization_id, OWNER_ID) == {user_id}:
                raise _last_owner(self._organizations.get_organization(tx, organization_id).name)

    def forget(self, tx: Transaction, kind: str, principal_id: str) -> None:
        """Of a principal that is deleted."""
        for binding in store.bindings_of(tx, kind, principal_id):
            store.delete_binding(tx, binding.id)
        if kind == "user":
            for group in store.groups_of(tx, principal_id):
                store.remove_member(tx, group.id, principal_id)
        tx.emit(AccessChanged())


def _last_owner(organization: str) -> LastOwner:
    return LastOwner(
        f"the organization {organization} would be left without an owner",
        next_step="Grant the role to another user first: nimbus iam grant owner --user NAME --organization "
        + organization,
    )
