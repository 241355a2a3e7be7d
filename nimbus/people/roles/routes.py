"""REST routes of roles, groups and grants (bindings)."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.permission_words import PERMISSION_WORDS, RESOURCE_TITLES
from nimbus.kernel.routing import Call, Open, Route
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.effective import AccessTables
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.memberships import Memberships
from nimbus.people.roles.records import (
    AccessQuery,
    BindingPatch,
    BindingQuery,
    BindingRequest,
    BindingView,
    CanQuery,
    EffectiveAccess,
    Explanation,
    GroupPatch,
    GroupQuery,
    GroupRequest,
    GroupView,
    MemberRequest,
    MemberView,
    PermissionView,
    RolePatch,
    RoleQuery,
    RoleRequest,
    RoleView,
)
from nimbus.people.roles.rules import BUILT_IN
from nimbus.people.roles.service import Roles

_ROLE = Collection(
    "/api/v1/roles",
    "role",
    RoleView,
    reads=Permission.ROLE_READ,
    writes=Permission.ROLE_WRITE,
    deletes=Permission.ROLE_DELETE,
)
_GROUP = Collection(
    "/api/v1/groups",
    "group",
    GroupView,
    reads=Permission.GROUP_READ,
    writes=Permission.GROUP_WRITE,
    deletes=Permission.GROUP_DELETE,
)
_GRANT = Collection(
    "/api/v1/grants",
    "grant",
    BindingView,
    reads=Permission.ROLE_READ,
    writes=Permission.ROLE_WRITE,
    deletes=Permission.ROLE_DELETE,
)


def routes(
    roles: Roles, groups: Groups, memberships: Memberships, bindings: Bindings, tables: AccessTables
) -> list[Route]:
    return [
        _ROLE.list(roles.list, RoleQuery, "List roles"),
        _ROLE.create(roles.create, RoleRequest, "Make a role"),
        _ROLE.show(roles.show, "Show a role"),
        _ROLE.change(roles.change, RolePatch, "Change a role"),
        _ROLE.delete(roles.delete, "Delete a role without grants"),
        _GROUP.list(groups.list, GroupQuery, "List groups"),
        _GROUP.create(groups.create, GroupRequest, "Make a group"),
        _GROUP.show(groups.show, "Show a group"),
        _GROUP.change(groups.change, GroupPatch, "Change a group"),
        _GROUP.delete(groups.delete, "Delete a group with its grants"),
        *_members(memberships),
        _GRANT.list(bindings.list, BindingQuery, "List who has which role where"),
        _GRANT.create(bindings.create, BindingRequest, "Give a role"),
        _GRANT.show(bindings.show, "Show a grant"),
        _GRANT.change(bindings.change, BindingPatch, "Change when a grant ends"),
        _GRANT.delete(bindings.delete, "Take a role away"),
        Route(
            "GET",
            "/api/v1/effective-access",
            lambda call: tables.show(call.actor, call.query),
            Open.SIGNED_IN,
            "Show what a user, group or key can do, and through which grants",
            query=AccessQuery,
            answer=EffectiveAccess,
            reason="of oneself; of others the service requires role:read",
        ),
        Route(
            "GET",
            "/api/v1/permissions",
            _permissions,
            Open.SIGNED_IN,
            "List permissions with what they are for",
            answer=list[PermissionView],
            reason="it describes the program, not this control plane",
        ),
        Route(
            "GET",
            "/api/v1/can",
            lambda call: bindings.can(call.actor, call.query),
            Open.SIGNED_IN,
            "Explain whether a user, group or key can do something",
            query=CanQuery,
            answer=Explanation,
            reason="of oneself; of others the service requires role:read",
        ),
    ]


async def _permissions(_call: Call) -> list[PermissionView]:
    resources = [permission.value.partition(":")[0] for permission in Permission]
    return [
        PermissionView(
            permission.value,
            resource,
            RESOURCE_TITLES[resource],
            PERMISSION_WORDS[permission],
            tuple(role.name for role in BUILT_IN if permission in role.permissions),
        )
        for permission, resource in zip(Permission, resources, strict=True)
    ]


def _members(memberships: Memberships) -> list[Route]:
    return [
        _GROUP.part("/members", memberships.members, "Members of a group", answer=list[MemberView]),
        _GROUP.action(
            "/members",
            memberships.add_member,
            "Add a user to a group",
            MemberRequest,
            answer=MemberView,
            creates=True,
            status=201,
        ),
        Route(
            "DELETE",
            _GROUP.resource_path + "/members/{user}",
            lambda call: memberships.remove_member(call.actor, call.target("group"), call.path["user"]),
            Permission.GROUP_WRITE,
            "Take a user out of a group",
            answer=MemberView,
            changes=True,
        ),
    ]
