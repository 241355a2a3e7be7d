"""Who asks, and what they may do. Deny by default: an actor may do only what a permission says."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from nimbus.errors import Forbidden


class Permission(StrEnum):
    """`resource:verb`. Nodes are `agent` here, as in SPEC's table of permissions."""

    ORGANIZATION_READ = "organization:read"
    WORKSPACE_READ = "workspace:read"
    AGENT_READ = "agent:read"
    AGENT_WRITE = "agent:write"
    AGENT_DELETE = "agent:delete"
    TASK_READ = "task:read"
    TASK_WRITE = "task:write"
    MESH_READ = "mesh:read"
    MESH_WRITE = "mesh:write"
    AUDIT_READ = "audit:read"


class Actor(msgspec.Struct, frozen=True):
    """`kind` is user, node or system. `source` is the address that the request came from."""

    kind: str
    id: str
    name: str
    permissions: frozenset[Permission] = frozenset()
    source: str = ""
    request_id: str = ""

    def require(self, permission: Permission) -> None:
        if permission not in self.permissions:
            raise Forbidden(
                f"{self.name} lacks the permission {permission.value}",
                next_step="Ask an administrator for a role that has it.",
            )


ALL_PERMISSIONS = frozenset(Permission)
SYSTEM = Actor(kind="system", id="system", name="system", permissions=ALL_PERMISSIONS)
