"""The door to groups: users of an organization who are given roles together."""

from __future__ import annotations

import builtins

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.described import changed_words, checked_words
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.naming import check_label_filter
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations, only_one_organization
from nimbus.people.roles import store
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.records import Group, GroupPatch, GroupQuery, GroupRequest, GroupView
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class Groups:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, organizations: Organizations, grants: Grants
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._grants = grants

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
        words = checked_words(request)

        def create(tx: Transaction) -> GroupView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.GROUP_WRITE, request.organization
            )
            now = self._clock.now()
            group = Group(id=new_id(), organization_id=home.id, created_at=now, updated_at=now, **words)
            self._check_free(tx, group)
            store.insert_group(tx, group)
            self._audit.record(tx, actor, "group.create", resource_of(group), after=_auditable(group))
            return self._view(tx, group)

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: GroupPatch) -> GroupView:
        def change(tx: Transaction) -> GroupView:
            group = self.resolve(tx, actor, Permission.GROUP_WRITE, target.reference)
            target.check_revision(group.revision)
            changed = revised(group, self._clock.now(), **changed_words(group, patch))
            self._check_free(tx, changed)
            store.update_group(tx, changed)
            self._audit.record(
                tx,
                actor,
                "group.update",
                resource_of(changed),
                before=_auditable(group),
                after=_auditable(changed),
            )
            return self._view(tx, changed)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Target) -> GroupView:
        """With its bindings: its members lose what came through it, which the actor must have."""

        def delete(tx: Transaction) -> GroupView:
            group = self.resolve(tx, actor, Permission.GROUP_DELETE, target.reference)
            self.require_cover(tx, actor, group)
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
            tx, actor, "group.delete", resource_of(group), before={**_auditable(group), "members": names}
        )

    def require_cover(self, tx: Transaction, actor: Actor, group: Group) -> None:
        """Who joins a group gets its roles, and who leaves it loses them: both are for who has these permissions.
        Raises Forbidden."""
        actor.require_cover(self._grants.of_group(tx, group.id), f"the group {group.name}")

    def of_organization(self, tx: Transaction, organization_id: str) -> builtins.list[Group]:
        return store.groups_in(tx, organization_id)

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


def resource_of(group: Group) -> Resource:
    return Resource("group", group.id, group.name, organization_id=group.organization_id)


def _auditable(group: Group) -> dict[str, object]:
    return {"name": group.name, "description": group.description, "labels": group.labels}
