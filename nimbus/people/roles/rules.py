"""Pure decisions of roles: the built-in ones, what grants come to, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nimbus.kernel.access import ALL_PERMISSIONS, Access, Actor, Permission
from nimbus.people.roles.records import Grant, Role

_P = Permission
# What belongs to the appliance is for its administrators, in no organization's gift; private keys leave it only by
# a role that was made for that.
_OWNER = ALL_PERMISSIONS - {_P.SETTINGS_READ, _P.SETTINGS_WRITE, _P.CERTIFICATE_EXPORT}
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
    _P.LOG_READ,
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
VISIBLE = _VIEWER


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
    grants = [*grants]

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
                add(reached, workspace_id, grant.permissions & VISIBLE)
    ends = sorted({grant.expires_at for grant in grants if grant.expires_at is not None})
    return Access(
        organizations=organizations,
        workspaces=reached,
        by_name=frozenset(known - granted),
        later=tuple((end, sum_up(_lasting(grants, end), workspaces, shared)) for end in ends),
    )


def _lasting(grants: Iterable[Grant], beyond: int) -> list[Grant]:
    """Those that are still good at `beyond`, as if they had no end."""
    return [
        msgspec.structs.replace(grant, expires_at=None)
        for grant in grants
        if grant.expires_at is None or grant.expires_at > beyond
    ]


def missing_to_give(
    actor: Actor,
    permissions: frozenset[Permission],
    organization_id: str,
    workspace_id: str | None,
    until: int | None = None,
) -> list[str]:
    """What `actor` lacks at the place where they want to give these, now or before `until` (None: ever): nobody
    gives what they do not have, nor for longer than they have it."""
    then = [access for since, access in actor.access.later if until is None or since < until]
    givers = [actor, *(msgspec.structs.replace(actor, access=access) for access in then)]
    return sorted(
        permission.value
        for permission in permissions
        if not all(
            giver.is_granted_in_organization(permission, organization_id)
            if workspace_id is None
            else giver.holds(permission, workspace_id)
            for giver in givers
        )
    )
