"""REST routes of organizations and workspaces. A workspace's name as `organization/workspace` does not fit into a
path segment: there it is an id or a name."""

from __future__ import annotations

from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Page, Route
from nimbus.people.organizations.administration import OrganizationAdministration
from nimbus.people.organizations.records import (
    DeleteQuery,
    Deletion,
    MoveRequest,
    OrganizationPatch,
    OrganizationQuery,
    OrganizationRequest,
    OrganizationView,
    WorkspacePatch,
    WorkspaceQuery,
    WorkspaceRequest,
    WorkspaceView,
)

_BASE, _ONE = "/api/v1/organizations", "/api/v1/organizations/{organization}"
_WORKSPACES, _WORKSPACE = "/api/v1/workspaces", "/api/v1/workspaces/{workspace}"


def routes(administration: OrganizationAdministration) -> list[Route]:
    return [*_organizations(administration), *_workspaces(administration)]


def _organizations(administration: OrganizationAdministration) -> list[Route]:
    async def index(call: Call) -> Answer:
        found, total = await administration.list_organizations(call.actor, call.query)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await administration.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await administration.show(call.actor, call.target("organization")))

    async def change(call: Call) -> Answer:
        return Answer(await administration.change(call.actor, call.target("organization"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await administration.delete(call.actor, call.target("organization"), call.query))

    return [
        Route(
            "GET",
            _BASE,
            index,
            Permission.ORGANIZATION_READ,
            "List organizations",
            query=OrganizationQuery,
            answer=list[OrganizationView],
        ),
        Route(
            "POST",
            _BASE,
            create,
            Permission.ORGANIZATION_WRITE,
            "Make an organization",
            body=OrganizationRequest,
            answer=OrganizationView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route(
            "GET", _ONE, show, Permission.ORGANIZATION_READ, "Show an organization", answer=OrganizationView
        ),
        Route(
            "PATCH",
            _ONE,
            change,
            Permission.ORGANIZATION_WRITE,
            "Change an organization",
            body=OrganizationPatch,
            answer=OrganizationView,
            changes=True,
        ),
        Route(
            "DELETE",
            _ONE,
            delete,
            Permission.ORGANIZATION_DELETE,
            "Delete an organization",
            query=DeleteQuery,
            answer=Deletion,
            changes=True,
        ),
    ]


def _workspaces(administration: OrganizationAdministration) -> list[Route]:
    async def index(call: Call) -> Answer:
        organization = call.path.get("organization", "")
        found, total = await administration.list_workspaces(call.actor, call.query, organization)
        return Answer(found, page=Page(call.query.page, call.query.per_page, total))

    async def create(call: Call) -> Answer:
        organization = call.path.get("organization", "")
        return Answer(await administration.create_workspace(call.actor, call.body, organization), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await administration.show_workspace(call.actor, call.target("workspace")))

    async def change(call: Call) -> Answer:
        return Answer(await administration.change_workspace(call.actor, call.target("workspace"), call.body))

    async def move(call: Call) -> Answer:
        return Answer(await administration.move_workspace(call.actor, call.target("workspace"), call.body))

    async def delete(call: Call) -> Answer:
        return Answer(await administration.delete_workspace(call.actor, call.target("workspace"), call.query))

    declared: list[Route] = []
    for base in (_WORKSPACES, _ONE + "/workspaces"):
        declared += [
            Route(
                "GET",
                base,
                index,
                Permission.WORKSPACE_READ,
                "List workspaces",
                query=WorkspaceQuery,
                answer=list[WorkspaceView],
            ),
            Route(
                "POST",
                base,
                create,
                Permission.WORKSPACE_WRITE,
                "Make a workspace",
                body=WorkspaceRequest,
                answer=WorkspaceView,
                changes=True,
                creates=True,
                status=201,
            ),
        ]
    return [
        *declared,
        Route("GET", _WORKSPACE, show, Permission.WORKSPACE_READ, "Show a workspace", answer=WorkspaceView),
        Route(
            "PATCH",
            _WORKSPACE,
            change,
            Permission.WORKSPACE_WRITE,
            "Change a workspace",
            body=WorkspacePatch,
            answer=WorkspaceView,
            changes=True,
        ),
        Route(
            "POST",
            _WORKSPACE + "/move",
            move,
            Permission.WORKSPACE_WRITE,
            "Move a workspace to another organization",
            body=MoveRequest,
            answer=WorkspaceView,
            changes=True,
        ),
        Route(
            "DELETE",
            _WORKSPACE,
            delete,
            Permission.WORKSPACE_DELETE,
            "Delete a workspace",
            query=DeleteQuery,
            answer=Deletion,
            changes=True,
        ),
    ]
