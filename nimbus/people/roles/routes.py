"""REST routes of roles, groups and grants (bindings)."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Open, Page, Route
from nimbus.people.roles.bindings import Bindings
from nimbus.people.roles.groups import Groups
from nimbus.people.roles.records import (
    BindingQuery,
    BindingRequest,
    BindingView,
    CanQuery,
    Explanation,
    GroupPatch,
    GroupQuery,
    GroupRequest,
    GroupView,
    MemberRequest,
    MemberView,
    RolePatch,
    RoleQuery,
    RoleRequest,
    RoleView,
)
from nimbus.people.roles.service import Roles

_ROLES, _ROLE = "/api/v1/roles", "/api/v1/roles/{role}"
_GROUPS, _GROUP = "/api/v1/groups", "/api/v1/groups/{group}"
_GRANTS, _GRANT = "/api/v1/grants", "/api/v1/grants/{grant}"


def routes(roles: Roles, groups: Groups, bindings: Bindings) -> list[Route]:
    return [*_roles(roles), *_groups(groups), *_bindings(bindings)]


def _roles(roles: Roles) -> list[Route]:
    async def index(call: Call) -> Answer:
        found, total = await roles.list(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await roles.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await roles.show(call.actor, call.target("role")))

    async def change(call: Call) -> Answer:
        return Answer(await roles.change(call.actor, call.target("role"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await roles.delete(call.actor, call.target("role")))

    return [
        Route(
            "GET", _ROLES, index, Permission.ROLE_READ, "List roles", query=RoleQuery, answer=list[RoleView]
        ),
        Route(
            "POST",
            _ROLES,
            create,
            Permission.ROLE_WRITE,
            "Make a role",
            body=RoleRequest,
            answer=RoleView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", _ROLE, show, Permission.ROLE_READ, "Show a role", answer=RoleView),
        Route(
            "PATCH",
            _ROLE,
            change,
            Permission.ROLE_WRITE,
            "Change a role",
            body=RolePatch,
            answer=RoleView,
            changes=True,
        ),
        Route(
            "DELETE",
            _ROLE,
            delete,
            Permission.ROLE_DELETE,
            "Delete a role that nobody has",
            answer=RoleView,
            changes=True,
        ),
    ]


def _groups(groups: Groups) -> list[Route]:
    async def index(call: Call) -> Answer:
        found, total = await groups.list(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await groups.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await groups.show(call.actor, call.target("group")))

    async def change(call: Call) -> Answer:
        return Answer(await groups.change(call.actor, call.target("group"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await groups.delete(call.actor, call.target("group")))

    async def members(call: Call) -> Answer:
        return Answer(await groups.members(call.actor, call.path["group"]))

    async def add(call: Call) -> Answer:
        return Answer(await groups.add_member(call.actor, call.path["group"], call.body), status=201)

    async def remove(call: Call) -> Answer:
        return Answer(await groups.remove_member(call.actor, call.path["group"], call.path["user"]))

    read, write = Permission.GROUP_READ, Permission.GROUP_WRITE
    return [
        Route("GET", _GROUPS, index, read, "List groups", query=GroupQuery, answer=list[GroupView]),
        Route(
            "POST",
            _GROUPS,
            create,
            write,
            "Make a group",
            body=GroupRequest,
            answer=GroupView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", _GROUP, show, read, "Show a group", answer=GroupView),
        Route(
            "PATCH", _GROUP, change, write, "Change a group", body=GroupPatch, answer=GroupView, changes=True
        ),
        Route(
            "DELETE",
            _GROUP,
            delete,
            Permission.GROUP_DELETE,
            "Delete a group with its grants",
            answer=GroupView,
            changes=True,
        ),
        Route("GET", _GROUP + "/members", members, read, "Members of a group", answer=list[MemberView]),
        Route(
            "POST",
            _GROUP + "/members",
            add,
            write,
            "Add a user to a group",
            body=MemberRequest,
            answer=MemberView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route(
            "DELETE",
            _GROUP + "/members/{user}",
            remove,
            write,
            "Take a user out of a group",
            answer=MemberView,
            changes=True,
        ),
    ]


def _bindings(bindings: Bindings) -> list[Route]:
    async def index(call: Call) -> Answer:
        found, total = await bindings.list(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await bindings.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await bindings.show(call.actor, call.path["grant"]))

    async def delete(call: Call) -> Answer:
        return Answer(await bindings.delete(call.actor, call.path["grant"]))

    async def can(call: Call) -> Answer:
        return Answer(await bindings.can(call.actor, call.query))

    return [
        Route(
            "GET",
            _GRANTS,
            index,
            Permission.ROLE_READ,
            "List who has which role where",
            query=BindingQuery,
            answer=list[BindingView],
        ),
        Route(
            "POST",
            _GRANTS,
            create,
            Permission.ROLE_WRITE,
            "Give a role",
            body=BindingRequest,
            answer=BindingView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", _GRANT, show, Permission.ROLE_READ, "Show a grant", answer=BindingView),
        Route(
            "DELETE",
            _GRANT,
            delete,
            Permission.ROLE_DELETE,
            "Take a role away",
            answer=BindingView,
            changes=True,
        ),
        Route(
            "GET",
            "/api/v1/can",
            can,
            Open.SIGNED_IN,
            "Explain what somebody may",
            query=CanQuery,
            answer=Explanation,
            reason="of oneself; of others the service requires role:read",
        ),
    ]
