"""The door to organizations and workspaces for other slices: what a reference stands for, and who may go there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import Conflict, NotFound, invalid
from nimbus.kernel.ids import is_id, new_id
from nimbus.people.organizations import store
from nimbus.people.organizations.records import DEFAULT, Organization, Workspace, WorkspaceRow

T = TypeVar("T")


class Organizations:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def ensure_default(self, tx: Transaction) -> Workspace:
        """`default/default`, made when it is not there."""
        present = store.find_workspace(tx, DEFAULT, DEFAULT)
        if present:
            return present.short
        now = self._clock.now()
        organization = store.find_organization(tx, DEFAULT)
        if organization is None:
            organization = Organization(id=new_id(), name=DEFAULT, created_at=now, updated_at=now)
            store.insert_organization(tx, organization)
        workspace = WorkspaceRow(
            id=new_id(),
            organization_id=organization.id,
            organization=DEFAULT,
            name=DEFAULT,
            created_at=now,
            updated_at=now,
        )
        store.insert_workspace(tx, workspace)
        return workspace.short

    def get(self, tx: Transaction, workspace_id: str) -> Workspace:
        """For other slices, which have the id from a resource of theirs."""
        workspace = store.get_workspace(tx, workspace_id)
        if workspace is None:
            raise no_workspace(workspace_id)
        return workspace.short

    def get_organization(self, tx: Transaction, organization_id: str) -> Organization:
        organization = store.get_organization(tx, organization_id)
        if organization is None:
            raise no_organization(organization_id)
        return organization

    def workspaces_of(self, tx: Transaction, organization_id: str) -> list[Workspace]:
        return store.workspaces_of(tx, organization_id)

    def workspace_names(self, tx: Transaction, workspaces: frozenset[str] | None) -> dict[str, str]:
        """Id to organization/name, for lists of other slices; None: of all."""
        return store.full_names(tx, workspaces)

    def reached(
        self, tx: Transaction, actor: Actor, permission: Permission, reference: str
    ) -> frozenset[str] | None:
        """For lists: the ids of the workspaces where `actor` may, of the one that is named; None: all."""
        if reference:
            return frozenset({self.resolve(tx, actor, permission, reference).id})
        return actor.workspaces_with(permission)

    def resolve(self, tx: Transaction, actor: Actor, permission: Permission, reference: str) -> Workspace:
        """The workspace where `actor` is about to do something: an id, `organization/workspace`, or a name that
        one of the workspaces that they know has. "" is `default/default`, or the only one that they may.
        Raises NotFound when they know none such, and Forbidden when they know it but lack the permission."""
        workspace = self._home(tx, actor, permission) if not reference else self.known(tx, actor, reference)
        if workspace is None:
            raise no_workspace(reference)
        actor.require_in(permission, workspace.id, where=f"the workspace {workspace.short.full_name}")
        return workspace.short

    def _home(self, tx: Transaction, actor: Actor, permission: Permission) -> WorkspaceRow | None:
        default = store.find_workspace(tx, DEFAULT, DEFAULT)
        may = actor.workspaces_with(permission)
        if may is not None and len(may) == 1 and (default is None or default.id not in may):
            return store.get_workspace(tx, next(iter(may)))
        if default is None or not knows(actor, default):
            actor.require(permission)
            raise invalid(
                "workspace", "say which", next_step="Name one with --workspace; see: nimbus workspace list"
            )
        return default

    def known(self, tx: Transaction, actor: Actor, reference: str) -> WorkspaceRow | None:
        """Whoever knows nothing of a workspace must not learn that it exists. Raises Conflict when a name stands
        for several."""
        if is_id(reference):
            workspace = store.get_workspace(tx, reference.lower())
        elif "/" in reference:
            organization, _, name = reference.lower().rpartition("/")
            workspace = store.find_workspace(tx, organization, name)
        else:
            named = [
                candidate
                for candidate in store.workspaces_named(tx, reference.lower(), None)
                if knows(actor, candidate)
            ]
            if len(named) > 1:
                raise Conflict(
                    f"{len(named)} workspaces are named {reference!r}",
                    next_step="Write ORGANIZATION/WORKSPACE: "
                    + ", ".join(candidate.short.full_name for candidate in named[:5]),
                )
            workspace = named[0] if named else None
        return workspace if workspace and knows(actor, workspace) else None

    def resolve_organization(
        self, tx: Transaction, actor: Actor, permission: Permission, reference: str
    ) -> Organization:
        """An organization by id or name; "" is the only one where they may, or `default`. Raises NotFound when
        they know none such, Forbidden when they lack the permission for the whole of it."""
        organization = (
            self.known_organization(tx, actor, reference)
            if reference
            else self._home_organization(tx, actor, permission)
        )
        actor.require_in_organization(
            permission, organization.id, where=f"the organization {organization.name}"
        )
        return organization

    def known_organization(self, tx: Transaction, actor: Actor, reference: str) -> Organization:
        if is_id(reference):
            organization = store.get_organization(tx, reference.lower())
        else:
            organization = store.find_organization(tx, reference.lower())
        if organization is None or not knows_organization(actor, organization.id):
            raise no_organization(reference)
        return organization

    def filtered_by(self, tx: Transaction, actor: Actor, reference: str | None) -> str | None:
        """For lists that may be narrowed to an organization: its id; None: it is not named. Raises NotFound."""
        return self.known_organization(tx, actor, reference).id if reference else None

    def _home_organization(self, tx: Transaction, actor: Actor, permission: Permission) -> Organization:
        may = actor.organizations_with(permission)
        if may is not None and len(may) == 1:
            return self.get_organization(tx, next(iter(may)))
        default = store.find_organization(tx, DEFAULT)
        if default is None or not knows_organization(actor, default.id):
            actor.require(permission)
            raise invalid("organization", "say which", next_step="See: nimbus organization list")
        return default


def only_one(candidates: Sequence[T], what: str, absent: NotFound) -> T:
    """What a name stands for. Raises `absent`, or Conflict when it stands for several."""
    if not candidates:
        raise absent
    if len(candidates) > 1:
        raise Conflict(
            f"there are {what} of that name in more than one workspace",
            next_step="Name the workspace too (--workspace), or use the id.",
        )
    return candidates[0]


def only_one_organization(candidates: Sequence[T], named: str, absent: NotFound) -> T:
    """What a name stands for, where each organization has names of its own; `named` is noun and name. Raises
    `absent`, or Conflict when it stands for several."""
    if not candidates:
        raise absent
    if len(candidates) > 1:
        raise Conflict(f"several organizations have a {named}", next_step="Use its id.")
    return candidates[0]


def knows(actor: Actor, workspace: WorkspaceRow) -> bool:
    """Whether any grant reaches it."""
    access = actor.access
    return bool(access.everywhere or access.workspaces.get(workspace.id))


def knows_organization(actor: Actor, organization_id: str) -> bool:
    """Whether any grant reaches it or one of its workspaces."""
    return bool(actor.access.everywhere) or organization_id in actor.access.organizations


def no_workspace(reference: str) -> NotFound:
    return NotFound(f"there is no workspace {reference!r}", next_step="See them with: nimbus workspace list")


def no_organization(reference: str) -> NotFound:
    return NotFound(
        f"there is no organization {reference!r}", next_step="See them with: nimbus organization list"
    )
