"""The door to organizations and workspaces for operators: list, make, change, move, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from nimbus.db import Database, Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.described import changed_words, checked_words
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_label_filter
from nimbus.kernel.principals import AccessChanged
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations import store
from nimbus.people.organizations.contents import SHOWN_NAMES, Occupant, contents, refuse_unless_empty
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

Row = TypeVar("Row", Organization, WorkspaceRow)


class OrganizationAdministration:
    """`in_workspace` and `in_organization` are the kinds of things that may be inside; `on_moved` is told, in the
    transaction, of a workspace and the organization that it goes to, and may raise Conflict; `before_deletion`
    takes away the rows of what was deleted in a workspace before, `with_organization` what else was an
    organization's; `after_placing` is told of a workspace that has another name or organization now."""

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
        with_organization: Sequence[Callable[[Transaction, str], Any]] = (),
        on_moved: Sequence[Callable[[Transaction, Actor, WorkspaceRow, str], Any]] = (),
        after_placing: Sequence[Callable[[Transaction, str], Any]] = (),
        before_requiring_factors: Callable[[Transaction, Actor], None] = lambda _tx, _actor: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._in_workspace = in_workspace
        self._in_organization = in_organization
        self._before_deletion = before_deletion
        self._with_organization = with_organization
        self._on_moved = on_moved
        self._after_placing = after_placing
        self._before_requiring_factors = before_requiring_factors

    # Organizations.

    async def list_organizations(
        self, actor: Actor, query: OrganizationQuery
    ) -> tuple[list[OrganizationView], int]:
        check_label_filter(query.label)
        within = _readable_organizations(actor)

        def read_page(tx: Transaction) -> tuple[list[OrganizationView], int]:
            organizations, total = store.select_organizations(tx, query, within=within)
            return [organization_view(organization) for organization in organizations], total

        return await self._database.read(read_page)

    async def show(self, actor: Actor, target: Target) -> OrganizationView:
        return await self._database.read(lambda tx: organization_view(self._readable(tx, actor, target)))

    def _readable(self, tx: Transaction, actor: Actor, target: Target) -> Organization:
        organization = self._organizations.known_organization(tx, actor, target.reference)
        within = _readable_organizations(actor)
        if within is not None and organization.id not in within:
            raise no_organization(target.reference)
        return organization

    async def create(self, actor: Actor, request: OrganizationRequest) -> OrganizationView:
        """Only administrators of the appliance."""
        actor.require_everywhere(Permission.ORGANIZATION_WRITE)
        now = self._clock.now()
        organization = Organization(
            id=new_id(),
            created_at=now,
            updated_at=now,
            cross_workspace_visibility=request.cross_workspace_visibility,
            require_second_factor=request.require_second_factor,
            **checked_words(request),
        )

        def create(tx: Transaction) -> OrganizationView:
            self._check_organization_name(tx, organization)
            store.insert_organization(tx, organization)
            self._record(tx, actor, "organization.create", organization, after=_auditable(organization))
            return organization_view(organization)

        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: OrganizationPatch) -> OrganizationView:
        def change(tx: Transaction) -> OrganizationView:
            organization = self._readable(tx, actor, target)
            actor.require_in_organization(Permission.ORGANIZATION_WRITE, organization.id)
            target.check_revision(organization.revision)
            changed = _patched(organization, patch, self._clock.now())
            for name in ("cross_workspace_visibility", "require_second_factor"):
                if getattr(patch, name) is not None:
                    changed = msgspec.structs.replace(changed, **{name: getattr(patch, name)})
            if changed.require_second_factor and not organization.require_second_factor:
                self._before_requiring_factors(tx, actor)
            if changed.name != organization.name:
                _refuse_default(organization.name == DEFAULT, "the organization default cannot be renamed")
                self._check_organization_name(tx, changed)
            store.update_organization(tx, changed)
            self._record(
                tx,
                actor,
                "organization.update",
                changed,
                before=_auditable(organization),
                after=_auditable(changed),
            )
            tx.emit(AccessChanged())
            return organization_view(changed)

        return await self._database.write(change)

    async def delete(self, actor: Actor, target: Target, query: DeleteQuery) -> Deletion:
        def delete(tx: Transaction) -> Deletion:
            organization = self._readable(tx, actor, target)
            actor.require_in_organization(Permission.ORGANIZATION_DELETE, organization.id)
            target.check_revision(organization.revision)
            _refuse_default(organization.name == DEFAULT, "the organization default cannot be deleted")
            inside = self._contents_of_organization(tx, organization)
            if query.dry_run:
                return Deletion(organization.id, organization.name, False, inside)
            if not query.cascade:
                refuse_unless_empty(f"the organization {organization.name}", inside)
            for workspace in store.workspaces_of(tx, organization.id):
                row = store.get_workspace(tx, workspace.id)
                assert row is not None
                self._empty(tx, actor, self._in_workspace, row.id)
                self._delete_workspace(tx, actor, row)
            for occupant in self._in_organization:
                if occupant.names(tx, organization.id):
                    actor.require_in_organization(occupant.permission, organization.id)
                    occupant.remove(tx, actor, organization.id)
            for forget in self._with_organization:
                forget(tx, organization.id)
            store.delete_organization(tx, organization.id)
            self._record(tx, actor, "organization.delete", organization, before=_auditable(organization))
            tx.emit(AccessChanged())
            return Deletion(organization.id, organization.name, True, inside)

        return await self._database.write(delete)

    def _contents_of_organization(self, tx: Transaction, organization: Organization) -> tuple[Occupants, ...]:
        """Of each kind once: what the organization counts includes what its workspaces do. Of what is in workspaces
        alone the names say in which."""
        workspaces = store.workspaces_of(tx, organization.id)
        own = contents(tx, self._in_organization, organization.id)
        counted = {part.kind for part in own}
        inner: dict[str, Occupants] = {}
        for workspace in workspaces:
            for part in contents(tx, self._in_workspace, workspace.id):
                if part.kind not in counted:
                    known = inner.get(part.kind, Occupants(part.kind, 0, ()))
                    names = known.names + tuple(f"{workspace.name}/{name}" for name in part.names)
                    inner[part.kind] = Occupants(part.kind, known.count + part.count, names[:SHOWN_NAMES])
        places = tuple(workspace.name for workspace in workspaces)
        first = (Occupants("workspaces", len(places), places),) if places else ()
        return (*first, *inner.values(), *own)

    def _check_organization_name(self, tx: Transaction, organization: Organization) -> None:
        check_name_free(
            "organization", organization.name, organization, store.find_organization(tx, organization.name)
        )

    # Workspaces.

    async def list_workspaces(
        self, actor: Actor, query: WorkspaceQuery, organization: str = ""
    ) -> tuple[list[WorkspaceView], int]:
        check_label_filter(query.label)
        reference = organization or query.organization or ""
        within = actor.workspaces_with(Permission.WORKSPACE_READ)

        def read_page(tx: Transaction) -> tuple[list[WorkspaceView], int]:
            home = self._organizations.filtered_by(tx, actor, reference)
            workspaces, total = store.select_workspaces(tx, query, within=within, organization_id=home)
            return [workspace_view(workspace) for workspace in workspaces], total

        return await self._database.read(read_page)

    async def show_workspace(self, actor: Actor, target: Target) -> WorkspaceView:
        return await self._database.read(
            lambda tx: workspace_view(self._workspace(tx, actor, Permission.WORKSPACE_READ, target))
        )

    def _workspace(
        self, tx: Transaction, actor: Actor, permission: Permission, target: Target
    ) -> WorkspaceRow:
        absent = no_workspace(target.reference)
        workspace = self._organizations.known(tx, actor, target.reference)
        if workspace is None:
            raise absent
        actor.admit(permission, workspace.id, read=Permission.WORKSPACE_READ, absent=absent)
        return workspace

    async def create_workspace(
        self, actor: Actor, request: WorkspaceRequest, organization: str = ""
    ) -> WorkspaceView:
        if organization and request.organization:
            raise invalid("organization", "is named by the path already")
        words = checked_words(request)

        def create_workspace(tx: Transaction) -> WorkspaceView:
            home = self._organizations.resolve_organization(
                tx, actor, Permission.WORKSPACE_WRITE, organization or request.organization
            )
            now = self._clock.now()
            workspace = WorkspaceRow(
                id=new_id(),
                organization_id=home.id,
                organization=home.name,
                created_at=now,
                updated_at=now,
                **words,
            )
            self._check_workspace_name(tx, workspace)
            store.insert_workspace(tx, workspace)
            self._record_workspace(tx, actor, "workspace.create", workspace, after=_auditable(workspace))
            tx.emit(AccessChanged())
            return workspace_view(workspace)

        return await self._database.write(create_workspace)

    async def change_workspace(self, actor: Actor, target: Target, patch: WorkspacePatch) -> WorkspaceView:
        def change_workspace(tx: Transaction) -> WorkspaceView:
            workspace = self._workspace(tx, actor, Permission.WORKSPACE_WRITE, target)
            target.check_revision(workspace.revision)
            changed = _patched(workspace, patch, self._clock.now())
            if changed.name != workspace.name:
                _refuse_default(_is_default(workspace), "the workspace default/default cannot be renamed")
                self._check_workspace_name(tx, changed)
            store.update_workspace(tx, changed)
            if changed.name != workspace.name:
                self._tell_placed(tx, workspace.id)
            self._record_workspace(
                tx,
                actor,
                "workspace.update",
                changed,
                before=_auditable(workspace),
                after=_auditable(changed),
            )
            return workspace_view(changed)

        return await self._database.write(change_workspace)

    async def move_workspace(self, actor: Actor, target: Target, request: MoveRequest) -> WorkspaceView:
        """To another organization: what is inside goes with it."""

        def move_workspace(tx: Transaction) -> WorkspaceView:
            workspace = self._workspace(tx, actor, Permission.WORKSPACE_WRITE, target)
            actor.require_in_organization(
                Permission.WORKSPACE_WRITE, workspace.organization_id, where="the organization that it leaves"
            )
            target.check_revision(workspace.revision)
            home = self._organizations.resolve_organization(
                tx, actor, Permission.WORKSPACE_WRITE, request.organization
            )
            _refuse_default(_is_default(workspace), "the workspace default/default cannot be moved")
            if home.id == workspace.organization_id:
                raise Conflict(f"the workspace is in {home.name} already")
            changed = revised(workspace, self._clock.now(), organization_id=home.id, organization=home.name)
            self._check_workspace_name(tx, changed)
            for hook in self._on_moved:
                hook(tx, actor, workspace, home.id)
            store.update_workspace(tx, changed)
            self._tell_placed(tx, workspace.id)
            self._record_workspace(
                tx,
                actor,
                "workspace.move",
                changed,
                before={"organization": workspace.organization},
                after={"organization": home.name},
            )
            tx.emit(AccessChanged())
            return workspace_view(changed)

        return await self._database.write(move_workspace)

    def _tell_placed(self, tx: Transaction, workspace_id: str) -> None:
        for follow in self._after_placing:
            follow(tx, workspace_id)

    async def delete_workspace(self, actor: Actor, target: Target, query: DeleteQuery) -> Deletion:
        def delete_workspace(tx: Transaction) -> Deletion:
            workspace = self._workspace(tx, actor, Permission.WORKSPACE_DELETE, target)
            target.check_revision(workspace.revision)
            _refuse_default(_is_default(workspace), "the workspace default/default cannot be deleted")
            inside = contents(tx, self._in_workspace, workspace.id)
            if query.dry_run:
                return Deletion(workspace.id, workspace.short.full_name, False, inside)
            if not query.cascade:
                refuse_unless_empty(f"the workspace {workspace.short.full_name}", inside)
            self._empty(tx, actor, self._in_workspace, workspace.id)
            self._delete_workspace(tx, actor, workspace)
            return Deletion(workspace.id, workspace.short.full_name, True, inside)

        return await self._database.write(delete_workspace)

    def _empty(self, tx: Transaction, actor: Actor, occupants: Sequence[Occupant], workspace_id: str) -> None:
        for occupant in occupants:
            if occupant.names(tx, workspace_id):
                actor.require_in(occupant.permission, workspace_id)
                occupant.remove(tx, actor, workspace_id)

    def _delete_workspace(self, tx: Transaction, actor: Actor, workspace: WorkspaceRow) -> None:
        for forget in self._before_deletion:
            forget(tx, workspace.id)
        store.delete_workspace(tx, workspace.id)
        self._record_workspace(tx, actor, "workspace.delete", workspace, before=_auditable(workspace))
        tx.emit(AccessChanged())

    def _check_workspace_name(self, tx: Transaction, workspace: WorkspaceRow) -> None:
        other = store.find_workspace(tx, workspace.organization, workspace.name)
        check_name_free("workspace", workspace.short.full_name, workspace, other)

    def _record(
        self, tx: Transaction, actor: Actor, action: str, organization: Organization, **change: dict[str, Any]
    ) -> None:
        resource = Resource(
            "organization", organization.id, organization.name, organization_id=organization.id
        )
        self._audit.record(tx, actor, action, resource, **change)  # type: ignore[arg-type]

    def _record_workspace(
        self, tx: Transaction, actor: Actor, action: str, workspace: WorkspaceRow, **change: dict[str, Any]
    ) -> None:
        resource = Resource(
            "workspace", workspace.id, workspace.short.full_name, workspace.id, workspace.organization_id
        )
        self._audit.record(tx, actor, action, resource, **change)  # type: ignore[arg-type]


def _patched(row: Row, patch: OrganizationPatch | WorkspacePatch, now: int) -> Row:
    return revised(row, now, **changed_words(row, patch))


def _readable_organizations(actor: Actor) -> frozenset[str] | None:
    """Whoever may read one workspace of an organization may read what that is called (the summing up of grants
    says so)."""
    return actor.organizations_with(Permission.ORGANIZATION_READ)


def _is_default(workspace: WorkspaceRow) -> bool:
    return (workspace.organization, workspace.name) == (DEFAULT, DEFAULT)


def _refuse_default(is_default: bool, message: str) -> None:
    if is_default:
        raise Conflict(message, next_step="It is there for teams that need only one organization.")


def _auditable(row: Organization | WorkspaceRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": row.name, "description": row.description, "labels": row.labels}
    if isinstance(row, Organization):
        shown["cross_workspace_visibility"] = row.cross_workspace_visibility
        shown["require_second_factor"] = row.require_second_factor
    return shown


def organization_view(organization: Organization) -> OrganizationView:
    return OrganizationView(
        id=organization.id,
        name=organization.name,
        description=organization.description,
        labels=organization.labels,
        cross_workspace_visibility=organization.cross_workspace_visibility,
        require_second_factor=organization.require_second_factor,
        created_at=to_rfc3339(organization.created_at),
        updated_at=to_rfc3339(organization.updated_at),
        revision=organization.revision,
    )


def workspace_view(workspace: WorkspaceRow) -> WorkspaceView:
    return WorkspaceView(
        id=workspace.id,
        organization_id=workspace.organization_id,
        organization=workspace.organization,
        name=workspace.name,
        full_name=workspace.short.full_name,
        description=workspace.description,
        labels=workspace.labels,
        created_at=to_rfc3339(workspace.created_at),
        updated_at=to_rfc3339(workspace.updated_at),
        revision=workspace.revision,
    )
