"""The door to roles: the built-in ones, and custom ones of an organization."""

from __future__ import annotations

import builtins

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339, to_the_second
from nimbus.kernel.described import changed_words, checked_words
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, invalid
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.naming import check_label_filter, check_name
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.revisions import check_name_free, patched, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations, only_one_organization
from nimbus.people.roles import store
from nimbus.people.roles.records import Role, RolePatch, RoleQuery, RoleRequest, RoleView
from nimbus.people.roles.rules import BUILT_IN, BUILT_IN_BY_ID, BUILT_IN_BY_NAME, missing_to_give
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class Roles:
    def __init__(
        self, database: Database, clock: Clock, audit: AuditLog, organizations: Organizations
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations

    async def list(self, actor: Actor, query: RoleQuery) -> tuple[list[RoleView], int]:
        """The built-in ones stand before the custom ones, on the first page and in the total."""
        check_label_filter(query.label)
        within = actor.organizations_with(Permission.ROLE_READ)

        def read_page(tx: Transaction) -> tuple[list[RoleView], int]:
            home = self._organizations.filtered_by(tx, actor, query.organization)
            built_in = [role for role in BUILT_IN if query.label is None and query.name in (None, role.name)]
            start = max(0, query.offset - len(built_in))
            first = built_in[query.offset : query.offset + query.per_page]
            inner = msgspec.structs.replace(query, page=1, per_page=max(1, query.per_page - len(first)))
            custom, total = store.select_roles_from(tx, inner, start, within=within, organization_id=home)
            shown = [*first, *custom][: query.per_page]
            return [self._view(tx, role) for role in shown], total + len(built_in)

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> RoleView:
        return await self._database.read(lambda tx: self._view(tx, self.find(tx, actor, target.reference)))

    def resolve(self, tx: Transaction, organization_id: str, reference: str) -> Role:
        """A role that may be given in this organization: a built-in one, or one of its own."""
        built_in = BUILT_IN_BY_NAME.get(reference.lower()) or BUILT_IN_BY_ID.get(reference.lower())
        if built_in:
            return built_in
        if is_id(reference):
            role = store.get_role(tx, reference.lower())
        else:
            role = store.find_role(tx, organization_id, reference.lower())
        if role is None or role.organization_id != organization_id:
            raise _no_role(reference)
        return role

    def find(self, tx: Transaction, actor: Actor, reference: str) -> Role:
        """Of all roles that the actor may read."""
        built_in = BUILT_IN_BY_NAME.get(reference.lower()) or BUILT_IN_BY_ID.get(reference.lower())
        if built_in:
            return built_in
        within = actor.organizations_with(Permission.ROLE_READ)
        if is_id(reference):
            role = store.get_role(tx, reference.lower())
            named = [role] if role else []
        else:
            query = RoleQuery(name=reference.lower())
            named, _ = store.select_roles(tx, query, within=within, organization_id=None)
        readable = [role for role in named if within is None or role.organization_id in within]
        return only_one_organization(readable, f"role {reference!r}", _no_role(reference))

    def _changeable(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Role:
        role = self.find(tx, actor, target.reference)
        if role.organization_id is None:
            raise Conflict(
                f"the role {role.name} is built in and cannot be changed",
                next_step="Make one of your own: nimbus iam create-role",
            )
        actor.require_in_organization(permission, role.organization_id)
        target.check_revision(role.revision)
        return role

    async def create(self, actor: Actor, request: RoleRequest) -> RoleView:
        words = checked_words(request, _check_name)
        permissions = _checked(request.permissions)

        def create(tx: Transaction) -> RoleView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.ROLE_WRITE, request.organization
            )
            now = self._clock.now()
            role = Role(
                id=new_id(),
                organization_id=home.id,
                permissions=permissions,
                created_at=now,
                updated_at=now,
                **words,
            )
            check_giving(actor, role, home.id, None)
            self._check_free(tx, role)
            store.insert_role(tx, role)
            self._audit.record(tx, actor, "role.create", _resource(role), after=_auditable(role))
            return self._view(tx, role)

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: RolePatch) -> RoleView:
        """The new permissions hold for everybody who has the role, from the answer on."""

        def change(tx: Transaction) -> RoleView:
            role = self._changeable(tx, actor, Permission.ROLE_WRITE, target)
            changed = revised(
                role,
                self._clock.now(),
                permissions=patched(patch.permissions, role.permissions, _checked),
                **changed_words(role, patch, _check_name),
            )
            assert role.organization_id is not None
            # What is added is given, what is left out is taken: both are for who has it.
            moved = msgspec.structs.replace(changed, permissions=changed.permissions ^ role.permissions)
            check_giving(actor, moved, role.organization_id, None)
            self._check_free(tx, changed)
            store.update_role(tx, changed)
            self._audit.record(
                tx,
                actor,
                "role.update",
                _resource(changed),
                before=_auditable(role),
                after=_auditable(changed),
            )
            tx.emit(AccessChanged())
            return self._view(tx, changed)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Target) -> RoleView:
        def delete(tx: Transaction) -> RoleView:
            role = self._changeable(tx, actor, Permission.ROLE_DELETE, target)
            now = self._clock.now()
            known = store.bindings_of_role(tx, role.id)
            bindings = sum(not binding.is_over(now) for binding in known)
            if bindings:
                raise Conflict(
                    f"the role {role.name} has {bindings} grant{'' if bindings == 1 else 's'}",
                    next_step=f"Remove them first. See: nimbus iam list-grants --role {role.name}",
                )
            view = self._view(tx, role)
            for binding in known:
                store.delete_binding(tx, binding.id)
            self.remove(tx, actor, role)
            return view

        return await self._database.write(delete)

    def remove(self, tx: Transaction, actor: Actor, role: Role) -> None:
        store.delete_role(tx, role.id)
        self._audit.record(tx, actor, "role.delete", _resource(role), before=_auditable(role))
        tx.emit(AccessChanged())

    def of_organization(self, tx: Transaction, organization_id: str) -> builtins.list[Role]:
        return store.roles_of(tx, organization_id)

    def _check_free(self, tx: Transaction, role: Role) -> None:
        assert role.organization_id is not None
        check_name_free("role", role.name, role, store.find_role(tx, role.organization_id, role.name))

    def _view(self, tx: Transaction, role: Role) -> RoleView:
        home = role.organization_id
        return RoleView(
            id=role.id,
            organization_id=home,
            name=role.name,
            description=role.description,
            organization=self._organizations.get_organization(tx, home).name if home else None,
            built_in=role.is_built_in,
            permissions=tuple(sorted(role.permissions)),
            labels=role.labels,
            created_at=to_rfc3339(role.created_at) if role.created_at else None,
            updated_at=to_rfc3339(role.updated_at) if role.updated_at else None,
            revision=role.revision,
        )


def _check_name(name: str) -> str:
    return check_name(name, reserved=frozenset(BUILT_IN_BY_NAME))


def check_giving(
    actor: Actor, role: Role, organization_id: str, workspace_id: str | None, until: int | None = None
) -> None:
    """Raises Forbidden when the role has what `actor` does not have there, up to `until` (None: for good)."""
    missing = missing_to_give(actor, role.permissions, organization_id, workspace_id, until)
    if missing:
        listed = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        ends = actor.access.changes_at
        if ends is not None and not missing_to_give(
            actor, role.permissions, organization_id, workspace_id, ends
        ):
            raise Forbidden(
                f"{actor.name} cannot give or take for longer than they have it themselves, which is until "
                f"{to_the_second(ends)}: {listed}",
                next_step="Let it end no later, or ask a user who has these permissions without an end.",
                details=[{"field": "expires_at", "message": f"at most {to_rfc3339(ends)}"}],
            )
        raise Forbidden(
            f"{actor.name} cannot give or take what they do not have: {listed}",
            next_step="Ask a user who has these permissions there.",
            details=[{"field": "permissions", "message": permission} for permission in missing],
        )


def _checked(permissions: list[Permission]) -> frozenset[Permission]:
    if not permissions:
        raise invalid("permissions", "at least one")
    return frozenset(permissions)


def _no_role(reference: str) -> NotFound:
    return NotFound(f"there is no role {reference!r}", next_step="See them with: nimbus iam list-roles")


def _resource(role: Role) -> Resource:
    return Resource("role", role.id, role.name, organization_id=role.organization_id)


def _auditable(role: Role) -> dict[str, object]:
    return {
        "name": role.name,
        "description": role.description,
        "permissions": sorted(role.permissions),
        "labels": role.labels,
    }
