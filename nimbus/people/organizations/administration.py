"""The door to organizations and workspaces for operators: list, make, change, move, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import changed_labels, check_label_filter, check_labels, check_name, check_text
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.routing import Target
from nimbus.people.organizations import store
from nimbus.people.organizations.contents import Occupant, contents, refuse_unless_empty
from nimbus.people.organizations.records import (
    DEFAULT,
    DeleteQuery,
    Deletion,
    MoveRequest,
    Occupants,
    Organization,
    OrganizationPatch,
    OrganizationQuery,
    OrganizationRequest,
    OrganizationView,
    WorkspacePatch,
    WorkspaceQuery,
    WorkspaceRequest,
    WorkspaceRow,
    WorkspaceView,
)
from nimbus.people.organizations.service import Organizations, no_organization, no_workspace
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog


class OrganizationAdministration:
    """`in_workspace` and `in_organization` are the kinds of things that may be inside; `on_moved` is told, in the
    transaction, of a workspace and the organization that it goes to, and may raise Conflict; `before_deletion`
    takes away the rows of what was deleted in a workspace before."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        *,
        in_workspace: Sequence[Occupant] = (),
        in_organization: Sequence[Occupant] = (),
        before_deletion: Sequence[Callable[[Transaction, str], Any]] = (),
        on_moved: Sequence[Callable[[Transaction, Actor, WorkspaceRow, str], Any]] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._in_workspace = in_workspace
        self._in_organization = in_organization
        self._before_deletion = before_deletion
        self._on_moved = on_moved

    # Organizations.

    async def list_organizations(
        self, actor: Actor, query: OrganizationQuery
    ) -> tuple[list[OrganizationView], int]:
        check_label_filter(query.label)
        within = _readable_organizations(actor)

        def work(tx: Transaction) -> tuple[list[OrganizationView], int]:
            found, total = store.select_organizations(tx, query, within=within)
            return [organization_view(one) for one in found], total

        return await self._database.read(work)

    async def show(self, actor: Actor, target: Target) -> OrganizationView:
        return await self._database.read(lambda tx: organization_view(self._readable(tx, actor, target)))

    def _readable(self, tx: Transaction, actor: Actor, target: Target) -> Organization:
        found = self._organizations.known_organization(tx, actor, target.reference)
        within = _readable_organizations(actor)
        if within is not None and found.id not in within:
            raise no_organization(target.reference)
        return found

    async def create(self, actor: Actor, request: OrganizationRequest) -> OrganizationView:
        """Only administrators of the appliance."""
        actor.require_everywhere(Permission.ORGANIZATION_WRITE)
        now = self._clock.now()
        made = Organization(
            id=new_id(),
            name=check_name(request.name),
            description=check_text(request.description, "description"),
            labels=check_labels(request.labels),
            created_at=now,
            updated_at=now,
            cross_workspace_visibility=request.cross_workspace_visibility,
        )

        def work(tx: Transaction) -> OrganizationView:
            self._check_organization_name(tx, made)
            store.insert_organization(tx, made)
            self._record(tx, actor, "organization.create", made, after=_auditable(made))
            return organization_view(made)

        return await self._database.write(work)

    async def change(self, actor: Actor, target: Target, patch: OrganizationPatch) -> OrganizationView:
        def work(tx: Transaction) -> OrganizationView:
            one = self._readable(tx, actor, target)
            actor.require_in_organization(Permission.ORGANIZATION_WRITE, one.id)
            target.check_revision(one.revision)
            changed = _changed(one, patch, self._clock.now())
            if patch.cross_workspace_visibility is not None:
                changed = msgspec.structs.replace(
                    changed, cross_workspace_visibility=patch.cross_workspace_visibility
                )
            if changed.name != one.name:
                _refuse_default(one.name == DEFAULT, "the organization default cannot be renamed")
                self._check_organization_name(tx, changed)
            store.update_organization(tx, changed)
            self._record(
                tx, actor, "organization.update", changed, before=_auditable(one), after=_auditable(changed)
            )
            tx.emit(AccessChanged())
            return organization_view(changed)

        return await self._database.write(work)

    async def delete(self, actor: Actor, target: Target, query: DeleteQuery) -> Deletion:
        def work(tx: Transaction) -> Deletion:
            one = self._readable(tx, actor, target)
            actor.require_in_organization(Permission.ORGANIZATION_DELETE, one.id)
            target.check_revision(one.revision)
            _refuse_default(one.name == DEFAULT, "the organization default cannot be deleted")
            found = self._contents_of_organization(tx, one)
            if query.dry_run:
                return Deletion(one.id, one.name, False, found)
            if not query.cascade:
                refuse_unless_empty(f"the organization {one.name}", found)
            for workspace in store.workspaces_of(tx, one.id):
                row = store.get_workspace(tx, workspace.id)
                assert row is not None
                self._empty(tx, actor, self._in_workspace, row.id)
                self._delete_workspace(tx, actor, row)
            for occupant in self._in_organization:
                if occupant.names(tx, one.id):
                    actor.require_in_organization(occupant.permission, one.id)
                    occupant.remove(tx, actor, one.id)
            store.delete_organization(tx, one.id)
            self._record(tx, actor, "organization.delete", one, before=_auditable(one))
            tx.emit(AccessChanged())
            return Deletion(one.id, one.name, True, found)

        return await self._database.write(work)

    def _contents_of_organization(self, tx: Transaction, one: Organization) -> tuple[Occupants, ...]:
        workspaces = store.workspaces_of(tx, one.id)
        inner: dict[str, Occupants] = {}
        for workspace in workspaces:
            for part in contents(tx, self._in_workspace, workspace.id):
                known = inner.get(part.kind, Occupants(part.kind, 0, ()))
                inner[part.kind] = Occupants(part.kind, known.count + part.count, known.names + part.names)
        own = contents(tx, self._in_organization, one.id)
        names = tuple(workspace.name for workspace in workspaces)
        first = (Occupants("workspaces", len(names), names),) if names else ()
        return (*first, *inner.values(), *own)

    def _check_organization_name(self, tx: Transaction, one: Organization) -> None:
        other = store.find_organization(tx, one.name)
        if other is not None and other.id != one.id:
            raise _taken("organization", one.name)

    # Workspaces.

    async def list_workspaces(
        self, actor: Actor, query: WorkspaceQuery, organization: str = ""
    ) -> tuple[list[WorkspaceView], int]:
        check_label_filter(query.label)
        reference = organization or query.organization or ""
        within = actor.workspaces_with(Permission.WORKSPACE_READ)

        def work(tx: Transaction) -> tuple[list[WorkspaceView], int]:
            home = self._organizations.known_organization(tx, actor, reference).id if reference else None
            found, total = store.select_workspaces(tx, query, within=within, organization_id=home)
            return [workspace_view(one) for one in found], total

        return await self._database.read(work)

    async def show_workspace(self, actor: Actor, target: Target) -> WorkspaceView:
        return await self._database.read(
            lambda tx: workspace_view(self._workspace(tx, actor, Permission.WORKSPACE_READ, target))
        )

    def _workspace(
        self, tx: Transaction, actor: Actor, permission: Permission, target: Target
    ) -> WorkspaceRow:
        absent = no_workspace(target.reference)
        found = self._organizations.known(tx, actor, target.reference)
        if found is None:
            raise absent
        actor.admit(permission, found.id, read=Permission.WORKSPACE_READ, absent=absent)
        return found

    async def create_workspace(
        self, actor: Actor, request: WorkspaceRequest, organization: str = ""
    ) -> WorkspaceView:
        if organization and request.organization:
            raise invalid("organization", "is named by the path already")
        name = check_name(request.name)
        labels = check_labels(request.labels)
        description = check_text(request.description, "description")

        def work(tx: Transaction) -> WorkspaceView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.WORKSPACE_WRITE, organization or request.organization
            )
            now = self._clock.now()
            made = WorkspaceRow(
                id=new_id(),
                organization_id=home.id,
                organization=home.name,
                name=name,
                labels=labels,
                description=description,
                created_at=now,
                updated_at=now,
            )
            self._check_workspace_name(tx, made)
            store.insert_workspace(tx, made)
            self._record_workspace(tx, actor, "workspace.create", made, after=_auditable(made))
            tx.emit(AccessChanged())
            return workspace_view(made)

        return await self._database.write(work)

    async def change_workspace(self, actor: Actor, target: Target, patch: WorkspacePatch) -> WorkspaceView:
        def work(tx: Transaction) -> WorkspaceView:
            one = self._workspace(tx, actor, Permission.WORKSPACE_WRITE, target)
            target.check_revision(one.revision)
            changed = _changed(one, patch, self._clock.now())
            if changed.name != one.name:
                _refuse_default(_is_default(one), "the workspace default/default cannot be renamed")
                self._check_workspace_name(tx, changed)
            store.update_workspace(tx, changed)
            self._record_workspace(
                tx, actor, "workspace.update", changed, before=_auditable(one), after=_auditable(changed)
            )
            return workspace_view(changed)

        return await self._database.write(work)

    async def move_workspace(self, actor: Actor, target: Target, request: MoveRequest) -> WorkspaceView:
        """To another organization: what is inside goes with it."""

        def work(tx: Transaction) -> WorkspaceView:
            one = self._workspace(tx, actor, Permission.WORKSPACE_WRITE, target)
            actor.require_in_organization(
                Permission.WORKSPACE_WRITE, one.organization_id, where="the organization that it leaves"
            )
            target.check_revision(one.revision)
            home = self._organizations.resolve_organization(
                tx, actor, Permission.WORKSPACE_WRITE, request.organization
            )
            _refuse_default(_is_default(one), "the workspace default/default cannot be moved")
            if home.id == one.organization_id:
                raise Conflict(f"the workspace is in {home.name} already")
            changed = msgspec.structs.replace(
                one,
                organization_id=home.id,
                organization=home.name,
                updated_at=self._clock.now(),
                revision=one.revision + 1,
            )
            self._check_workspace_name(tx, changed)
            for hook in self._on_moved:
                hook(tx, actor, one, home.id)
            store.update_workspace(tx, changed)
            self._record_workspace(
                tx,
                actor,
                "workspace.move",
                changed,
                before={"organization": one.organization},
                after={"organization": home.name},
            )
            tx.emit(AccessChanged())
            return workspace_view(changed)

        return await self._database.write(work)

    async def delete_workspace(self, actor: Actor, target: Target, query: DeleteQuery) -> Deletion:
        def work(tx: Transaction) -> Deletion:
            one = self._workspace(tx, actor, Permission.WORKSPACE_DELETE, target)
            target.check_revision(one.revision)
            _refuse_default(_is_default(one), "the workspace default/default cannot be deleted")
            found = contents(tx, self._in_workspace, one.id)
            if query.dry_run:
                return Deletion(one.id, one.short.full_name, False, found)
            if not query.cascade:
                refuse_unless_empty(f"the workspace {one.short.full_name}", found)
            self._empty(tx, actor, self._in_workspace, one.id)
            self._delete_workspace(tx, actor, one)
            return Deletion(one.id, one.short.full_name, True, found)

        return await self._database.write(work)

    def _empty(self, tx: Transaction, actor: Actor, occupants: Sequence[Occupant], workspace_id: str) -> None:
        for occupant in occupants:
            if occupant.names(tx, workspace_id):
                actor.require_in(occupant.permission, workspace_id)
                occupant.remove(tx, actor, workspace_id)

    def _delete_workspace(self, tx: Transaction, actor: Actor, one: WorkspaceRow) -> None:
        for forget in self._before_deletion:
            forget(tx, one.id)
        store.delete_workspace(tx, one.id)
        self._record_workspace(tx, actor, "workspace.delete", one, before=_auditable(one))
        tx.emit(AccessChanged())

    def _check_workspace_name(self, tx: Transaction, one: WorkspaceRow) -> None:
        other = store.find_workspace(tx, one.organization, one.name)
        if other is not None and other.id != one.id:
            raise _taken("workspace", one.short.full_name)

    def _record(
        self, tx: Transaction, actor: Actor, action: str, one: Organization, **change: dict[str, Any]
    ) -> None:
        resource = Resource("organization", one.id, one.name, organization_id=one.id)
        self._audit.record(tx, actor, action, resource, **change)  # type: ignore[arg-type]

    def _record_workspace(
        self, tx: Transaction, actor: Actor, action: str, one: WorkspaceRow, **change: dict[str, Any]
    ) -> None:
        resource = Resource("workspace", one.id, one.short.full_name, one.id, one.organization_id)
        self._audit.record(tx, actor, action, resource, **change)  # type: ignore[arg-type]


def _changed(one: Any, patch: OrganizationPatch | WorkspacePatch, now: int) -> Any:
    return msgspec.structs.replace(
        one,
        name=one.name if patch.name is None else check_name(patch.name),
        description=one.description
        if patch.description is None
        else check_text(patch.description, "description"),
        labels=one.labels if patch.labels is None else changed_labels(one.labels, patch.labels),
        updated_at=now,
        revision=one.revision + 1,
    )


def _readable_organizations(actor: Actor) -> frozenset[str] | None:
    """Whoever may read one workspace of an organization may read what that is called (the summing up of grants
    says so)."""
    return actor.organizations_with(Permission.ORGANIZATION_READ)


def _is_default(one: WorkspaceRow) -> bool:
    return (one.organization, one.name) == (DEFAULT, DEFAULT)


def _refuse_default(is_default: bool, message: str) -> None:
    if is_default:
        raise Conflict(message, next_step="It exists so that a single team needs to know of none.")


def _taken(what: str, name: str) -> Conflict:
    return Conflict(
        f"there is a {what} named {name!r} already",
        next_step="Choose another name.",
        details=[{"field": "name", "message": "is taken"}],
    )


def _auditable(one: Organization | WorkspaceRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": one.name, "description": one.description, "labels": one.labels}
    if isinstance(one, Organization):
        shown["cross_workspace_visibility"] = one.cross_workspace_visibility
    return shown


def organization_view(one: Organization) -> OrganizationView:
    return OrganizationView(
        id=one.id,
        name=one.name,
        description=one.description,
        labels=one.labels,
        cross_workspace_visibility=one.cross_workspace_visibility,
        created_at=to_rfc3339(one.created_at),
        updated_at=to_rfc3339(one.updated_at),
        revision=one.revision,
    )


def workspace_view(one: WorkspaceRow) -> WorkspaceView:
    return WorkspaceView(
        id=one.id,
        organization_id=one.organization_id,
        organization=one.organization,
        name=one.name,
        full_name=one.short.full_name,
        description=one.description,
        labels=one.labels,
        created_at=to_rfc3339(one.created_at),
        updated_at=to_rfc3339(one.updated_at),
        revision=one.revision,
    )
