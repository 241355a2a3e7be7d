"""Who is in a group: added by hand, by an identity provider, or with an invite."""

from __future__ import annotations

from collections.abc import Callable

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import NotFound
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.routing import Target
from nimbus.people.roles import store
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.groups import Groups, resource_of
from nimbus.people.roles.records import MemberRequest, MemberView, Principal
from nimbus.records.audit.service import AuditLog

FindUser = Callable[[Transaction, Actor, str], Principal]
"""A user whom the actor may know of, by name or id. Raises NotFound."""


class Memberships:
    def __init__(
        self, database: Database, audit: AuditLog, groups: Groups, grants: Grants, find_user: FindUser
    ) -> None:
        self._database = database
        self._audit = audit
        self._groups = groups
        self._grants = grants
        self._find_user = find_user

    async def members(self, actor: Actor, target: Target) -> list[MemberView]:
        return await self._database.read(
            lambda tx: store.members(
                tx, self._groups.resolve(tx, actor, Permission.GROUP_READ, target.reference).id
            )
        )

    async def add_member(self, actor: Actor, target: Target, request: MemberRequest) -> MemberView:
        """Who joins a group gets its roles: whoever adds them must have what these hold."""

        def add_member(tx: Transaction) -> MemberView:
            group = self._groups.resolve(tx, actor, Permission.GROUP_WRITE, target.reference)
            user = self._find_user(tx, actor, request.user)
            self._groups.require_cover(tx, actor, group)
            if store.add_member(tx, group.id, user.id, "manual"):
                self._audit.record(
                    tx, actor, "group.add_member", resource_of(group), after={"member": user.name}
                )
                tx.emit(AccessChanged())
            return MemberView(user.id, user.name, "manual")

        return await self._database.write(add_member)

    async def remove_member(self, actor: Actor, target: Target, user: str) -> MemberView:
        def remove_member(tx: Transaction) -> MemberView:
            group = self._groups.resolve(tx, actor, Permission.GROUP_WRITE, target.reference)
            members = store.members(tx, group.id)
            member = next((m for m in members if user.lower() in (m.user_id, m.username)), None)
            if member is None:
                raise NotFound(f"{user!r} is no member of the group {group.name}")
            self._groups.require_cover(tx, actor, group)
            with self._grants.keeping_owners(tx, group.organization_id):
                store.remove_member(tx, group.id, member.user_id)
            self._audit.record(
                tx, actor, "group.remove_member", resource_of(group), before={"member": member.username}
            )
            tx.emit(AccessChanged())
            return member

        return await self._database.write(remove_member)

    def synchronise(
        self, tx: Transaction, actor: Actor, user_id: str, username: str, wanted: frozenset[str], source: str
    ) -> None:
        """Make the memberships that `source` (an identity provider) gave this user be these group ids; what was
        added by hand stays."""
        present = {group.id: group for group in store.groups_of(tx, user_id, source=source)}
        self.join(tx, actor, user_id, username, wanted - present.keys(), source)
        for group_id in sorted(present.keys() - wanted):
            group = present[group_id]
            with self._grants.keeping_owners(tx, group.organization_id):
                store.remove_member(tx, group.id, user_id)
            self._audit.record(
                tx,
                actor,
                "group.remove_member",
                resource_of(group),
                before={"member": username, "source": source},
            )
            tx.emit(AccessChanged())

    def join(
        self,
        tx: Transaction,
        actor: Actor,
        user_id: str,
        username: str,
        group_ids: frozenset[str],
        source: str,
    ) -> None:
        """Add this user to those of the groups that are still there; whether `actor` may is asked by who calls."""
        for group_id in sorted(group_ids):
            group = store.get_group(tx, group_id)
            if group is not None and store.add_member(tx, group.id, user_id, source):
                self._audit.record(
                    tx,
                    actor,
                    "group.add_member",
                    resource_of(group),
                    after={"member": username, "source": source},
                )
                tx.emit(AccessChanged())
