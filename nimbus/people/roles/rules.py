"""Pure decisions of roles: the built-in ones, what grants come to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nimbus.kernel.access import ALL_PERMISSIONS, Access, Actor, Permission
from nimbus.people.roles.records import Grant, Role

_P = Permission
# What belongs to the appliance is for its administrators, in no organization's gift.
_OWNER = ALL_PERMISSIONS - {_P.SETTINGS_READ, _P.SETTINGS_WRITE}
_ADMIN = _OWNER - {_P.ORGANIZATION_DELETE}
_VIEWER = frozenset(
    {
        _P.ORGANIZATION_READ,
        _P.WORKSPACE_READ,
        _P.AGENT_READ,
        _P.CONFIG_READ,
        _P.CERTIFICATE_READ,
        _P.ARTIFACT_READ,
        _P.TASK_READ,
        _P.MESH_READ,
        _P.EVENT_READ,
    }
)
_OPERATOR = _VIEWER | {
    _P.AGENT_WRITE,
    _P.AGENT_RELOAD,
    _P.AGENT_DELETE,
    _P.CONFIG_WRITE,
    _P.CONFIG_DEPLOY,
    _P.CONFIG_DELETE,
    _P.CERTIFICATE_WRITE,
    _P.CERTIFICATE_DELETE,
    _P.ARTIFACT_WRITE,
    _P.ARTIFACT_DELETE,
    _P.TASK_WRITE,
    _P.MESH_WRITE,
    _P.SECRET_READ,
    _P.SECRET_WRITE,
    _P.SECRET_DELETE,
}

OWNER_ID = "00000000-0000-4000-8000-000000000001"
BUILT_IN: tuple[Role, ...] = (
    Role(
        id=OWNER_ID,
        organization_id=None,
        name="owner",
        permissions=_OWNER,
        description="everything in the organization, also deleting it",
    ),
    Role(
        id="00000000-0000-4000-8000-000000000002",
        organization_id=None,
        name="admin",
        permissions=_ADMIN,
        description="everything but deleting the organization",
    ),
    Role(
        id="00000000-0000-4000-8000-000000000003",
        organization_id=None,
        name="operator",
        permissions=_OPERATOR,
        description="runs machines and what is on them; no people, no roles, no values of secrets",
    ),
    Role(
        id="00000000-0000-4000-8000-000000000004",
        organization_id=None,
        name="viewer",
        permissions=_VIEWER,
        description="sees machines and what is on them, changes nothing",
    ),
)
BUILT_IN_BY_ID = {role.id: role for role in BUILT_IN}
BUILT_IN_BY_NAME = {role.name: role for role in BUILT_IN}
# What a setting of the organization opens to who works in another workspace of it. Not: secrets, people, audit.
_VISIBLE = _VIEWER


def sum_up(
    grants: Iterable[Grant], workspaces: Mapping[str, Sequence[str]], visible: Iterable[str] = ()
) -> Access:
    """What the grants come to. `workspaces` has the workspace ids of each organization; in the organizations of
    `visible`, reading in one workspace is reading in all."""
    shared = set(visible)
    organizations: dict[str, frozenset[Permission]] = {}
    reached: dict[str, frozenset[Permission]] = {}
    known: set[str] = set()
    granted: set[str] = set()

    def add(to: dict[str, frozenset[Permission]], key: str, permissions: frozenset[Permission]) -> None:
        to[key] = to.get(key, frozenset()) | permissions

    for grant in grants:
        if _P.ORGANIZATION_READ in grant.permissions:
            (granted if grant.workspace_id is None else known).add(grant.organization_id)
        if grant.workspace_id is None:
            add(organizations, grant.organization_id, grant.permissions)
            for workspace_id in workspaces.get(grant.organization_id, ()):
                add(reached, workspace_id, grant.permissions)
            continue
        add(reached, grant.workspace_id, grant.permissions)
        # Who may read what a workspace is part of knows the organization by name, nothing more of it.
        add(organizations, grant.organization_id, grant.permissions & {_P.ORGANIZATION_READ})
        if grant.organization_id in shared:
            for workspace_id in workspaces.get(grant.organization_id, ()):
                add(reached, workspace_id, grant.permissions & _VISIBLE)
    return Access(organizations=organizations, workspaces=reached, by_name=frozenset(known - granted))


def missing_to_give(
    actor: Actor, permissions: frozenset[Permission], organization_id: str, workspace_id: str | None
) -> list[str]:
    """What `actor` lacks at the place where they want to give these: nobody gives what they do not have."""
    return sorted(
        permission.value
        for permission in permissions
        if not (
            actor.is_granted_in_organization(permission, organization_id)
            if workspace_id is None
            else actor.holds(permission, workspace_id)
        )
    )
