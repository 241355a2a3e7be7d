"""The door to groups: users of an organization who are given roles together."""

from __future__ import annotations

import builtins
from collections.abc import Callable

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.naming import (
    changed_labels,
    check_description,
    check_label_filter,
    check_labels,
    check_name,
)
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.revisions import check_name_free, patched, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations, only_one_organization
from nimbus.people.roles import store
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.records import (
    Group,
    GroupPatch,
    GroupQuery,
    GroupRequest,
    GroupView,
    MemberRequest,
    MemberView,
    Principal,
)
from nimbus.people.roles.service import check_giving
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

FindUser = Callable[[Transaction, Actor, str], Principal]
"""A user whom the actor may know of, by name or id. Raises NotFound."""


class Groups:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        grants: Grants,
        find_user: FindUser,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._grants = grants
        self._find_user = find_user

    async def list(self, actor: Actor, query: GroupQuery) -> tuple[list[GroupView], int]:
        check_label_filter(query.label)
        within = actor.organizations_with(Permission.GROUP_READ)

        def read_page(tx: Transaction) -> tuple[list[GroupView], int]:
            home = self._organizations.filtered_by(tx, actor, query.organization)
            groups, total = store.select_groups(tx, query, within=within, organization_id=home)
            return [self._view(tx, group) for group in groups], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> GroupView:
        return await self._database.read(
            lambda tx: self._view(tx, self.resolve(tx, actor, Permission.GROUP_READ, target.reference))
        )

    def resolve(self, tx: Transaction, actor: Actor, permission: Permission, reference: str) -> Group:
        if is_id(reference):
            group = store.get_group(tx, reference.lower())
            named = [group] if group else []
        else:
            named = store.groups_named(tx, reference.lower())
        readable = [
            group
            for group in named
            if actor.holds_in_organization(Permission.GROUP_READ, group.organization_id)
        ]
        absent = NotFound(
            f"there is no group {reference!r}", next_step="See them with: nimbus iam list-groups"
        )
        group = only_one_organization(readable, f"group {reference!r}", absent)
        actor.require_in_organization(permission, group.organization_id)
        return group

    async def create(self, actor: Actor, request: GroupRequest) -> GroupView:
        name = check_name(request.name)
        labels = check_labels(request.labels)
        description = check_description(request.description)

        def create(tx: Transaction) -> GroupView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.GROUP_WRITE, request.organization
            )
            now = self._clock.now()
            group = Group(
                id=new_id(),
                organization_id=home.id,
                name=name,
                description=description,
                labels=labels,
                created_at=now,
                updated_at=now,
            )
            self._check_free(tx, group)
            store.insert_group(tx, group)
            self._audit.record(tx, actor, "group.create", _resource(group), after=_auditable(group))
            return self._view(tx, group)

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: GroupPatch) -> GroupView:
        def change(tx: Transaction) -> GroupView:
            group = self.resolve(tx, actor, Permission.GROUP_WRITE, target.reference)
            target.check_revision(group.revision)
            changed = revised(
                group,
                self._clock.now(),
                name=patched(patch.name, group.name, check_name),
                description=patched(patch.description, group.description, check_description),
                labels=changed_labels(group.labels, patch.labels),
            )
            self._check_free(tx, changed)
            store.update_group(tx, changed)
            self._audit.record(
                tx,
                actor,
                "group.update",
                _resource(changed),
                before=_auditable(group),
                after=_auditable(changed),
            )
            return self._view(tx, changed)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Target) -> GroupView:
        """With its bindings: its members lose what came through it."""

        def delete(tx: Transaction) -> GroupView:
            group = self.resolve(tx, actor, Permission.GROUP_DELETE, target.reference)
            target.check_revision(group.revision)
            view = self._view(tx, group)
            with self._grants.keeping_owners(tx, group.organization_id):
                self.remove(tx, actor, group)
            return view

        return await self._database.write(delete)

    def remove(self, tx: Transaction, actor: Actor, group: Group) -> None:
        names = [member.username for member in store.members(tx, group.id)]
        self._grants.forget(tx, "group", group.id)
        store.delete_group(tx, group.id)
        self._audit.record(
            tx, actor, "group.delete", _resource(group), before={**_auditable(group), "members": names}
        )

    def of_organization(self, tx: Transaction, organization_id: str) -> builtins.list[Group]:
        return store.groups_in(tx, organization_id)

    async def members(self, actor: Actor, target: Target) -> builtins.list[MemberView]:
        return await self._database.read(
            lambda tx: store.members(tx, self.resolve(tx, actor, Permission.GROUP_READ, target.reference).id)
        )

    async def add_member(self, actor: Actor, target: Target, request: MemberRequest) -> MemberView:
        """Who joins a group gets its roles: whoever adds them must have what these hold."""

        def add_member(tx: Transaction) -> MemberView:
            group = self.resolve(tx, actor, Permission.GROUP_WRITE, target.reference)
            user = self._find_user(tx, actor, request.user)
            self._check_giving(tx, actor, group)
            if store.add_member(tx, group.id, user.id, "manual"):
                self._audit.record(
                    tx, actor, "group.add_member", _resource(group), after={"member": user.name}
                )
                tx.emit(AccessChanged())
            return MemberView(user.id, user.name, "manual")

        return await self._database.write(add_member)

    def _check_giving(self, tx: Transaction, actor: Actor, group: Group) -> None:
        for binding in store.bindings_of(tx, "group", group.id):
            role = self._grants.role(tx, binding.role_id)
            if role is not None:
                check_giving(actor, role, binding.organization_id, binding.workspace_id)

    async def remove_member(self, actor: Actor, target: Target, user: str) -> MemberView:
        def remove_member(tx: Transaction) -> MemberView:
            group = self.resolve(tx, actor, Permission.GROUP_WRITE, target.reference)
            members = store.members(tx, group.id)
            member = next((m for m in members if user.lower() in (m.user_id, m.username)), None)
            if member is None:
                raise NotFound(f"{user!r} is no member of the group {group.name}")
            with self._grants.keeping_owners(tx, group.organization_id):
                store.remove_member(tx, group.id, member.user_id)
            self._audit.record(
                tx, actor, "group.remove_member", _resource(group), before={"member": member.username}
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
                _resource(group),
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
                    _resource(group),
                    after={"member": username, "source": source},
                )
                tx.emit(AccessChanged())

    def _check_free(self, tx: Transaction, group: Group) -> None:
        check_name_free("group", group.name, group, store.find_group(tx, group.organization_id, group.name))

    def _view(self, tx: Transaction, group: Group) -> GroupView:
        return GroupView(
            id=group.id,
            organization_id=group.organization_id,
            name=group.name,
            description=group.description,
            organization=self._organizations.get_organization(tx, group.organization_id).name,
            labels=group.labels,
            members=store.count_members(tx, group.id),
            created_at=to_rfc3339(group.created_at),
            updated_at=to_rfc3339(group.updated_at),
            revision=group.revision,
        )


def _resource(group: Group) -> Resource:
    return Resource("group", group.id, group.name, organization_id=group.organization_id)


def _auditable(group: Group) -> dict[str, object]:
    return {"name": group.name, "description": group.description, "labels": group.labels}
