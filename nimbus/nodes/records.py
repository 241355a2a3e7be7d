"""Types of nodes."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from nimbus.protocol.messages import Facts, HealthCheck, SystemMetrics
from nimbus.routing import PageQuery


class NodeState(StrEnum):
    PENDING = "Pending"
    ONLINE = "Online"
    OFFLINE = "Offline"
    DEGRADED = "Degraded"
    MAINTENANCE = "Maintenance"


class NodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """The last heartbeat, as far as it is kept."""

    metrics: SystemMetrics = SystemMetrics()
    checks: tuple[HealthCheck, ...] = ()
    alerts: tuple[str, ...] = ()
    applied: dict[str, int] = {}


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node as stored. `state` is the one underneath; times are epoch microseconds."""

    id: str
    workspace_id: str
    name: str
    hostname: str
    deployment_mode: str
    version: str
    public_ip: str
    overlay_ip: str
    state: NodeState
    maintenance: bool
    capabilities: tuple[str, ...]
    labels: dict[str, str]
    facts: Facts
    report: NodeReport
    last_seen_at: int | None
    state_since: int
    created_at: int
    updated_at: int

    @property
    def shown_state(self) -> NodeState:
        return NodeState.MAINTENANCE if self.maintenance else self.state


class NodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A node as the API shows it; times are RFC 3339."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    hostname: str
    state: NodeState
    public_ip: str | None
    overlay_ip: str | None
    version: str
    deployment_mode: str
    last_seen_at: str | None
    state_since: str
    created_at: str
    capabilities: tuple[str, ...]
    labels: dict[str, str]
    facts: Facts
    metrics: SystemMetrics
    checks: tuple[HealthCheck, ...]
    alerts: tuple[str, ...]
    revisions: dict[str, int]


class NodePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What an operator may change. A label of null is taken away."""

    name: str | None = None
    labels: dict[str, str | None] | None = None
    maintenance: bool | None = None


class NodeQuery(PageQuery, forbid_unknown_fields=True):
    """Filters of the list; `label` is `key=value`."""

    state: NodeState | None = None
    label: str | None = None
    workspace: str | None = None


class NodeStateChanged(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str
    state: NodeState


class NodeRenamed(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str
    name: str


class NodeRevoked(msgspec.Struct, frozen=True):
    """Event: the node's certificates are refused from now on."""

    node_id: str


class CertificateIssued(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str
    serial: str


class CertificateRow(msgspec.Struct, frozen=True):
    serial: str
    node_id: str
    issued_at: int
    expires_at: int
