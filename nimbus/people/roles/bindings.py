"""The door to bindings: give a role, take it away, and explain what somebody may."""

from __future__ import annotations

from builtins import list as builtins_list
from collections.abc import Sequence
from typing import Protocol

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.clock import Clock, optional_rfc3339, to_rfc3339, to_the_second
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import is_id, new_id
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.routing import Target
from nimbus.people.organizations.records import Organization, Workspace, WorkspaceRow
from nimbus.people.organizations.service import Organizations, no_workspace
from nimbus.people.roles import store
from nimbus.people.roles.grants import Grants
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.records import (
    AccessQuery,
    Binding,
    BindingPatch,
    BindingQuery,
    BindingRequest,
    BindingView,
    CanQuery,
    Explanation,
    Grant,
    Principal,
    PrincipalKind,
    Role,
)
from nimbus.people.roles.service import Roles, check_giving
from nimbus.records.audit.moments import from_rfc3339
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class Directory(Protocol):
    """Users, or keys, as the slice above knows them."""

    def find(self, tx: Transaction, actor: Actor, reference: str) -> Principal:
        """By name or id, of those that the actor may know of. Raises NotFound."""

    def named(self, tx: Transaction, principal_id: str) -> Principal | None: ...


class Bindings:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        roles: Roles,
        grants: Grants,
        groups: Groups,
        users: Directory,
        keys: Directory,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._roles = roles
        self._grants = grants
        self._groups = groups
        self._users = users
        self._keys = keys

    async def list(self, actor: Actor, query: BindingQuery) -> tuple[list[BindingView], int]:
        """Bindings of organizations whose roles the actor may read as a whole, and of such workspaces."""

        def read_page(tx: Transaction) -> tuple[list[BindingView], int]:
            principal = None
            if query.user or query.group or query.key:
                named = self._principal(tx, actor, query.user or "", query.group or "", query.key or "")
                principal = (named.kind, named.id)
            home = place = role = None
            if query.organization:
                home = self._organizations.known_organization(tx, actor, query.organization).id
            if query.workspace:
                place = self._organizations.resolve(tx, actor, Permission.ROLE_READ, query.workspace).id
            if query.role:
                role = self._roles.find(tx, actor, query.role).id
            bindings, total = store.select_bindings(
                tx,
                organizations=actor.organizations_with(Permission.ROLE_READ),
                workspaces=actor.workspaces_with(Permission.ROLE_READ),
                principal=principal,
                role_id=role,
                organization_id=home,
                workspace_id=place,
                state=query.state,
                now=self._clock.now(),
                order=query.order,
                limit=query.per_page,
                offset=query.offset,
            )
            return [self._view(tx, binding) for binding in bindings], total

        return await self._database.read(read_page)

    async def create(self, actor: Actor, request: BindingRequest) -> BindingView:
        """Giving the same again changes nothing, but that it ends at the later of both ends."""
        expires_at = self._end(request.expires_at)

        def create(tx: Transaction) -> BindingView:
            organization, workspace = self._scope(tx, actor, request)
            principal = self._principal(tx, actor, request.user, request.group, request.key)
            if principal.organization_id not in (organization.id, None) and not actor.access.everywhere:
                raise NotFound(f"there is no {principal.kind} {principal.name!r} in {organization.name}")
            role = self._roles.resolve(tx, organization.id, request.role)
            given = self.give(tx, actor, role, principal, organization.id, workspace, expires_at=expires_at)
            return self._view(tx, given)

        return await self._database.write(create)

    def give(
        self,
        tx: Transaction,
        actor: Actor,
        role: Role,
        principal: Principal,
        organization_id: str,
        workspace: Workspace | None,
        *,
        source: str = "manual",
        expires_at: int | None = None,
    ) -> Binding:
        """In the caller's transaction. Raises Forbidden when `actor` does not have what the role has, or not as
        long."""
        workspace_id = workspace.id if workspace else None
        check_giving(actor, role, organization_id, workspace_id, expires_at)
        binding = Binding(
            id=new_id(),
            role_id=role.id,
            principal_kind=principal.kind,
            principal_id=principal.id,
            organization_id=organization_id,
            workspace_id=workspace_id,
            source=source,
            created_by=actor.name,
            created_at=self._clock.now(),
            expires_at=expires_at,
        )
        for known in store.bindings_of(tx, principal.kind, principal.id):
            if _is_the_same(known, binding):
                if known.is_over(self._clock.now()):
                    store.delete_binding(tx, known.id)
                    break
                return self._prolong(tx, actor, known, expires_at)
        store.insert_binding(tx, binding)
        self._record(tx, actor, "role.grant", binding, after=self._auditable(tx, binding))
        tx.emit(AccessChanged())
        return binding

    def _prolong(self, tx: Transaction, actor: Actor, known: Binding, expires_at: int | None) -> Binding:
        """Nobody loses by being given something: an end that is earlier than the present one changes nothing."""
        if known.expires_at is None or (expires_at is not None and expires_at <= known.expires_at):
            return known
        return self._set_end(tx, actor, known, expires_at)

    def _set_end(self, tx: Transaction, actor: Actor, binding: Binding, expires_at: int | None) -> Binding:
        changed = msgspec.structs.replace(binding, expires_at=expires_at)
        store.set_end(tx, binding.id, expires_at)
        before, after = self._auditable(tx, binding), self._auditable(tx, changed)
        self._record(tx, actor, "role.change_grant", changed, before=before, after=after)
        tx.emit(AccessChanged())
        return changed

    def _end(self, text: str) -> int | None:
        """ "": never. Raises ValidationError."""
        if not text:
            return None
        try:
            end = from_rfc3339(text)
        except ValueError as error:
            raise invalid("expires_at", str(error)) from None
        if end <= self._clock.now():
            raise invalid("expires_at", "must be in the future")
        return end

    async def change(self, actor: Actor, target: Target, patch: BindingPatch) -> BindingView:
        """When it ends: who may give and take it, up to the later of both ends, may say so."""
        expires_at = self._end(patch.expires_at)

        def change(tx: Transaction) -> BindingView:
            binding = self._takeable(tx, actor, target.reference, Permission.ROLE_WRITE)
            role = self._grants.role(tx, binding.role_id)
            if binding.is_over(self._clock.now()) or role is None:
                raise Conflict("the grant has expired", next_step="Grant the role again: nimbus iam grant")
            check_giving(actor, role, binding.organization_id, binding.workspace_id, expires_at)
            if binding.expires_at == expires_at:
                return self._view(tx, binding)
            with self._grants.keeping_owners(tx, binding.organization_id):
                return self._view(tx, self._set_end(tx, actor, binding, expires_at))

        return await self._database.write(change)

    def _takeable(self, tx: Transaction, actor: Actor, reference: str, permission: Permission) -> Binding:
        """Of what the actor may read and has, as long as it gives it. Raises NotFound, Forbidden."""
        binding = self._readable(tx, actor, reference)
        if not _may(actor, permission, binding):
            raise actor.lacks(permission, "there")
        role = self._grants.role(tx, binding.role_id)
        if role is not None and not binding.is_over(self._clock.now()):
            check_giving(actor, role, binding.organization_id, binding.workspace_id, binding.expires_at)
        return binding

    def _scope(
        self, tx: Transaction, actor: Actor, request: BindingRequest
    ) -> tuple[Organization, Workspace | None]:
        if request.workspace:
            if request.organization:
                raise invalid("workspace", "name a workspace or an organization, not both")
            workspace = self._organizations.resolve(tx, actor, Permission.ROLE_WRITE, request.workspace)
            return self._organizations.get_organization(tx, workspace.organization_id), workspace
        return self._organizations.resolve_organization(
            tx, actor, Permission.ROLE_WRITE, request.organization
        ), None

    def _principal(self, tx: Transaction, actor: Actor, user: str, group: str, key: str) -> Principal:
        if sum(map(bool, (user, group, key))) != 1:
            raise invalid("user", "name one user, group or key")
        if group:
            in_group = self._groups.resolve(tx, actor, Permission.GROUP_READ, group)
            return Principal("group", in_group.id, in_group.name, in_group.organization_id)
        return self._users.find(tx, actor, user) if user else self._keys.find(tx, actor, key)

    async def show(self, actor: Actor, target: Target) -> BindingView:
        return await self._database.read(
            lambda tx: self._view(tx, self._readable(tx, actor, target.reference))
        )

    def _readable(self, tx: Transaction, actor: Actor, binding_id: str) -> Binding:
        absent = NotFound(
            f"there is no grant {binding_id!r}", next_step="See them with: nimbus iam list-grants"
        )
        binding = store.get_binding(tx, binding_id.lower()) if is_id(binding_id) else None
        if binding is None or not _may(actor, Permission.ROLE_READ, binding):
            raise absent
        return binding

    async def delete(self, actor: Actor, target: Target) -> BindingView:
        """Also one's own. Whoever may give roles here may take them, owners' only with an owner's permissions."""

        def delete(tx: Transaction) -> BindingView:
            binding = self._takeable(tx, actor, target.reference, Permission.ROLE_DELETE)
            view = self._view(tx, binding)
            with self._grants.keeping_owners(tx, binding.organization_id):
                self.revoke(tx, actor, binding)
            return view

        return await self._database.write(delete)

    def revoke(self, tx: Transaction, actor: Actor, binding: Binding) -> None:
        before = self._auditable(tx, binding)
        store.delete_binding(tx, binding.id)
        self._record(tx, actor, "role.revoke", binding, before=before)
        tx.emit(AccessChanged())

    def in_workspace(self, tx: Transaction, workspace_id: str) -> builtins_list[Binding]:
        return store.bindings_in_workspace(tx, workspace_id)

    def in_organization(self, tx: Transaction, organization_id: str) -> builtins_list[Binding]:
        return store.bindings_in_organization(tx, organization_id)

    def on_workspace_moved(
        self, tx: Transaction, _actor: Actor, workspace: WorkspaceRow, organization_id: str
    ) -> None:
        """Bindings go with it, but for roles and groups that the new organization does not have."""
        strange = []
        for binding in store.bindings_in_workspace(tx, workspace.id):
            role = self._grants.role(tx, binding.role_id)
            if (role is None or not role.is_built_in) or binding.principal_kind != "user":
                strange.append(f"{role.name if role else binding.role_id} to {binding.principal_kind}")
        if strange:
            raise Conflict(
                "roles, groups or keys of its organization are given in this workspace: "
                + ", ".join(strange),
                next_step="Take these grants away first; see: nimbus iam list-grants --workspace "
                + workspace.name,
            )
        store.move_bindings(tx, workspace.id, organization_id)

    async def can(self, actor: Actor, query: CanQuery) -> Explanation:
        """Of oneself always; of others with role:read where they are."""

        def read(tx: Transaction) -> Explanation:
            who, access, (grants, over) = self.asked_about(tx, actor, query)
            organization: Organization | None = None
            workspace: Workspace | None = None
            if query.workspace:
                row = self._organizations.known(tx, actor, query.workspace)
                if row is None:
                    raise no_workspace(query.workspace)
                workspace = row.short
            elif query.organization:
                organization = self._organizations.known_organization(tx, actor, query.organization)
            return explain(who, access, grants, query.permission, organization, workspace, over)

        return await self._database.read(read)

    def asked_about(
        self, tx: Transaction, actor: Actor, query: CanQuery | AccessQuery
    ) -> tuple[str, Access, tuple[builtins_list[Grant], builtins_list[Grant]]]:
        """Name, access, and the grants that are good and that have ended, of whom the query names."""
        if not (query.user or query.group or query.key):
            kind = "key" if actor.kind == "key" else "user"
            return actor.name, actor.access, self._grants.good_and_over(tx, kind, actor.id)
        actor.require(Permission.ROLE_READ)
        principal = self._principal(tx, actor, query.user, query.group, query.key)
        grants = self._grants.good_and_over(tx, principal.kind, principal.id)
        if principal.kind == "user":
            return principal.name, self._grants.of_user(tx, principal.id, is_admin=principal.is_admin), grants
        access = self._grants.of_key if principal.kind == "key" else self._grants.of_group
        return principal.name, access(tx, principal.id), grants

    def _name(self, tx: Transaction, kind: PrincipalKind, principal_id: str) -> str:
        if kind == "group":
            group = store.get_group(tx, principal_id)
            return group.name if group else principal_id
        principal = (self._users if kind == "user" else self._keys).named(tx, principal_id)
        return principal.name if principal else principal_id

    def _view(self, tx: Transaction, binding: Binding) -> BindingView:
        role = self._grants.role(tx, binding.role_id)
        workspace = self._organizations.get(tx, binding.workspace_id) if binding.workspace_id else None
        return BindingView(
            id=binding.id,
            role_id=binding.role_id,
            role=role.name if role else binding.role_id,
            principal_kind=binding.principal_kind,
            principal_id=binding.principal_id,
            principal=self._name(tx, binding.principal_kind, binding.principal_id),
            organization_id=binding.organization_id,
            organization=self._organizations.get_organization(tx, binding.organization_id).name,
            workspace_id=binding.workspace_id,
            workspace=workspace.full_name if workspace else None,
            source=binding.source,
            created_by=binding.created_by,
            created_at=to_rfc3339(binding.created_at),
            expires_at=optional_rfc3339(binding.expires_at),
            state="expired" if binding.is_over(self._clock.now()) else "valid",
        )

    def _auditable(self, tx: Transaction, binding: Binding) -> dict[str, object]:
        view = self._view(tx, binding)
        return {
            "role": view.role,
            view.principal_kind: view.principal,
            "where": view.workspace or view.organization,
            **({"expires_at": view.expires_at} if view.expires_at else {}),
        }

    def _record(
        self, tx: Transaction, actor: Actor, action: str, binding: Binding, **change: dict[str, object]
    ) -> None:
        name = self._name(tx, binding.principal_kind, binding.principal_id)
        resource = Resource("grant", binding.id, name, binding.workspace_id, binding.organization_id)
        self._audit.record(tx, actor, action, resource, **change)  # type: ignore[arg-type]


def explain(
    who: str,
    access: Access,
    grants: builtins_list[Grant],
    permission: Permission,
    organization: Organization | None,
    workspace: Workspace | None,
    over: Sequence[Grant] = (),
) -> Explanation:
    """Pure: the answer of the same `Access` that every request is decided by, and the grants behind it. `over` are
    those that have ended."""
    asked = Actor(kind="user", id="", name=who, access=access)
    if workspace is not None:
        where, allowed = f"workspace {workspace.full_name}", asked.holds(permission, workspace.id)
    elif organization is not None:
        where = f"organization {organization.name}"
        allowed = asked.holds_in_organization(permission, organization.id)
    else:
        where, allowed = "the whole control plane", asked.holds_everywhere(permission)
    because: builtins_list[str] = []
    if access.everywhere:
        because.append("an administrator of the control plane may everything")
    for grant in grants:
        through = f" through {grant.through}" if grant.through else ""
        until = f", until {to_the_second(grant.expires_at)}" if grant.expires_at is not None else ""
        if _reaches(grant, organization, workspace) and permission in grant.permissions:
            because.append(f"the role {grant.role}{through} has it there{until}")
        elif _reaches(grant, organization, workspace):
            because.append(f"the role {grant.role} is given there, but does not have it")
    for grant in over if not allowed else ():
        if _reaches(grant, organization, workspace) and permission in grant.permissions:
            ended = to_the_second(grant.expires_at or 0)
            because.append(f"the role {grant.role} had it there; its grant expired at {ended}")
    if allowed and not because:
        because.append("the organization lets its workspaces see each other")
    if not allowed and not because:
        because.append("no role is given there")
    return Explanation(who, permission.value, where, allowed, tuple(because))


def _reaches(grant: Grant, organization: Organization | None, workspace: Workspace | None) -> bool:
    if grant.workspace_id is not None:
        return workspace is not None and grant.workspace_id == workspace.id
    return grant.organization_id in (
        organization.id if organization else "",
        workspace.organization_id if workspace else "",
    )


def _is_the_same(known: Binding, other: Binding) -> bool:
    """But for its end."""
    return (known.role_id, known.organization_id, known.workspace_id) == (
        other.role_id,
        other.organization_id,
        other.workspace_id,
    )


def _may(actor: Actor, permission: Permission, binding: Binding) -> bool:
    if binding.workspace_id is not None and actor.holds(permission, binding.workspace_id):
        return True
    return actor.holds_in_organization(permission, binding.organization_id)
