"""REST routes of organizations and workspaces. A workspace's name as `organization/workspace` does not fit into a
path segment: there it is an id or a name."""

from __future__ import annotations

import msgspec

from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route
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

_ORGANIZATION = Collection(
    "/api/v1/organizations",
    "organization",
    OrganizationView,
    reads=Permission.ORGANIZATION_READ,
    writes=Permission.ORGANIZATION_WRITE,
    deletes=Permission.ORGANIZATION_DELETE,
)
_WORKSPACE = Collection(
    "/api/v1/workspaces",
    "workspace",
    WorkspaceView,
    reads=Permission.WORKSPACE_READ,
    writes=Permission.WORKSPACE_WRITE,
    deletes=Permission.WORKSPACE_DELETE,
)
_WORKSPACE_OF_ORGANIZATION = msgspec.structs.replace(
    _WORKSPACE, path=_ORGANIZATION.resource_path + "/workspaces", within="organization"
)


def routes(administration: OrganizationAdministration) -> list[Route]:
    workspaces = [
        route
        for collection in (_WORKSPACE, _WORKSPACE_OF_ORGANIZATION)
        for route in (
            collection.list(administration.list_workspaces, WorkspaceQuery, "List workspaces"),
            collection.create(administration.create_workspace, WorkspaceRequest, "Make a workspace"),
        )
    ]
    return [
        _ORGANIZATION.list(administration.list_organizations, OrganizationQuery, "List organizations"),
        _ORGANIZATION.create(administration.create, OrganizationRequest, "Make an organization"),
        _ORGANIZATION.show(administration.show, "Show an organization"),
        _ORGANIZATION.change(administration.change, OrganizationPatch, "Change an organization"),
        _ORGANIZATION.delete(administration.delete, "Delete an organization", DeleteQuery, answer=Deletion),
        *workspaces,
        _WORKSPACE.show(administration.show_workspace, "Show a workspace"),
        _WORKSPACE.change(administration.change_workspace, WorkspacePatch, "Change a workspace"),
        _WORKSPACE.action(
            "/move", administration.move_workspace, "Move a workspace to another organization", MoveRequest
        ),
        _WORKSPACE.delete(
            administration.delete_workspace, "Delete a workspace", DeleteQuery, answer=Deletion
        ),
    ]
