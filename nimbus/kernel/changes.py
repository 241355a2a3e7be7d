"""What may be told of changes: one event type for all slices, and who may hear of which.

A slice emits `ResourceChanged` in the transaction of the change; `nimbus.records.event_log` keeps them
and hands them on. What changes by the second is a `PassingChange`, which is handed on and not kept.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nimbus.kernel.access import Actor, Permission

# In an event's data: who did it, as {kind, id, name}. It is shown to those who may read the audit log.
BY = "by"


class ResourceChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Event: `kind` is `noun.verb` (node.update, task.closed). `at` in epoch microseconds. `data` is small, of JSON
    types, and nothing that whoever may read the resource should not see. `node_id`: the node that it belongs to,
    where it is not the node itself."""

    at: int
    kind: str
    resource_kind: str
    resource_id: str
    resource_name: str = ""
    workspace_id: str | None = None
    organization_id: str | None = None
    data: dict[str, Any] = {}
    node_id: str | None = None


class ChangesStored(msgspec.Struct, frozen=True):
    """Event: another control plane on this database has changed resources; what, the event log says."""


class PassingChange(ResourceChanged, frozen=True, kw_only=True):
    """Event that is not kept: the next of its kind says all that this one did (how far a task is). For those who
    follow at the time; one that is lost does no harm."""


# The kind of a resource, as in the audit log, to what it takes to read it.
READ_PERMISSIONS: dict[str, Permission] = {
    "organization": Permission.ORGANIZATION_READ,
    "workspace": Permission.WORKSPACE_READ,
    "node": Permission.AGENT_READ,
    "agent": Permission.AGENT_READ,
    "join_token": Permission.AGENT_READ,
    "firewall": Permission.AGENT_READ,
    "edge": Permission.AGENT_READ,
    "edge_deployment": Permission.CONFIG_READ,
    "artifact": Permission.ARTIFACT_READ,
    "task": Permission.TASK_READ,
    "operation": Permission.TASK_READ,
    "mesh": Permission.MESH_READ,
    "configuration": Permission.CONFIG_READ,
    "virtual_host": Permission.CONFIG_READ,
    "upstream": Permission.CONFIG_READ,
    "template": Permission.CONFIG_READ,
    "certificate": Permission.CERTIFICATE_READ,
    "secret": Permission.SECRET_READ,
    "user": Permission.USER_READ,
    "session": Permission.USER_READ,
    "group": Permission.GROUP_READ,
    "role": Permission.ROLE_READ,
    "role_binding": Permission.ROLE_READ,
    "key": Permission.KEY_READ,
    "invite": Permission.INVITE_READ,
    "settings": Permission.SETTINGS_READ,
    "identity_provider": Permission.SETTINGS_READ,
    "audit_destination": Permission.SETTINGS_READ,
    "master_key": Permission.SETTINGS_READ,
}
# Of what is not in the table: those who may read everything that was done.
DEFAULT_READ = Permission.AUDIT_READ
EVENT_PERMISSIONS = frozenset(READ_PERMISSIONS.values()) | {DEFAULT_READ}


def read_permission(resource_kind: str) -> Permission:
    return READ_PERMISSIONS.get(resource_kind, DEFAULT_READ)


def holds_where(
    actor: Actor, permission: Permission, workspace_id: str | None, organization_id: str | None
) -> bool:
    """Whether it is held where a row belongs: in its workspace, else its organization, else everywhere."""
    if workspace_id is not None:
        return actor.holds(permission, workspace_id)
    if organization_id is not None:
        return actor.holds_in_organization(permission, organization_id)
    return actor.holds_everywhere(permission)
