"""Types of nodes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from nimbus.kernel.naming import LabelChanges, LabelFilter, Line, Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import MomentOrNone, whole, whole_or_zero
from nimbus.protocol.messages import Facts, HealthCheck, NodeAuth, SystemMetrics
from nimbus.wireguard.model import MTU_LIMITS


class NodeState(StrEnum):
    PENDING = "Pending"
    ONLINE = "Online"
    OFFLINE = "Offline"
    DEGRADED = "Degraded"
    MAINTENANCE = "Maintenance"


class Approval(StrEnum):
    """Whether an operator has let the node in."""

    APPROVED = "approved"
    WAITING = "waiting"


class NodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """The last heartbeat, as far as it is kept."""

    metrics: SystemMetrics = SystemMetrics()
    checks: tuple[HealthCheck, ...] = ()
    alerts: tuple[str, ...] = ()
    applied: dict[str, int] = {}
    # Seconds between its heartbeats; 0: it does not say.
    interval_s: float = 0.0
    # Of its mesh interface; 0: it has none, or does not say.
    mtu: int = 0
    mtu_source: str = ""
    # How its WireGuard reaches the control plane: udp, tls; "": not said.
    mesh_via: str = ""
    # UDP port of its WireGuard; 0: it has none, or does not say.
    listen_port: int = 0
    # It can filter what peers send each other by port.
    keeps_ports: bool = False


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
    # Counts the changes that operators make; heartbeats are none.
    revision: int = 1
    auth: NodeAuth = "mtls"
    approval: Approval = Approval.APPROVED
    # The WireGuard key of a node that waits: it is in nobody's mesh yet.
    mesh_key: str = ""
    # Of its WireGuard, as an operator has set them for this node; 0: nobody has.
    wanted_port: int = 0
    wanted_mtu: int = 0
    # Counts the changes of these two.
    wanted_changes: int = 0
    # Of maintenance: why, who, since when, until when (None: until an operator ends it).
    maintenance_reason: str = ""
    maintenance_by: str = ""
    maintenance_since: int | None = None
    maintenance_until: int | None = None
    description: str = ""
    # When the facts were looked at; None: that was not kept.
    facts_at: int | None = None

    @property
    def is_waiting(self) -> bool:
        return self.approval is Approval.WAITING

    @property
    def shown_state(self) -> NodeState:
        return shown_state(self.state, self.approval, maintenance=self.maintenance)


def shown_state(state: NodeState, approval: Approval, *, maintenance: bool) -> NodeState:
    """What operators see of the state underneath. Also for the plain texts of a row."""
    if approval == Approval.WAITING:
        return NodeState.PENDING
    return NodeState.MAINTENANCE if maintenance else state


class Maintenance(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339."""

    since: str | None
    until: str | None
    reason: str
    by: str


class NodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A node as the API shows it; times are RFC 3339. `auth` is how it shows who it is; `rotating_key`: a new
    session key waits for it to use it. `mtu` is of its mesh interface (null: it has none), `mtu_source` where that
    comes from: set, route, learned (by ICMP), measured, default. `mesh_via`: how its WireGuard reaches the control
    plane: udp or, where that is blocked, tls (null: not known). `listen_port`: the UDP port that its WireGuard has.
    `wanted_port` and `wanted_mtu` are what an operator has set of these two; 0: nobody has. `outdated`: the agent
    is older than the control plane."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    hostname: str
    state: NodeState
    public_ip: str | None
    overlay_ip: str | None
    version: str
    outdated: bool
    deployment_mode: str
    last_seen_at: str | None
    state_since: str
    created_at: str
    capabilities: tuple[str, ...]
    labels: dict[str, str]
    facts: Facts
    facts_at: str | None
    metrics: SystemMetrics
    checks: tuple[HealthCheck, ...]
    alerts: tuple[str, ...]
    revisions: dict[str, int]
    revision: int
    auth: NodeAuth
    approval: Approval
    rotating_key: bool
    mtu: int | None
    mtu_source: str | None
    mesh_via: str | None
    listen_port: int | None
    wanted_port: int
    wanted_mtu: int
    maintenance: Maintenance | None
    description: str


class NodeBrief(msgspec.Struct, frozen=True):
    """Which node, and its shown state."""

    id: str
    name: str
    workspace_id: str
    state: NodeState


class NodeCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `renewed_at` null: it is the one that the node joined with. `fingerprint` null: it was
    issued before that was kept."""

    serial: str
    issued_at: str
    renewed_at: str | None
    not_after: str
    fingerprint: str | None


class NodeDetails(NodeView, frozen=True, kw_only=True):
    """One node, with the certificate that it shows; null for a node that signs its requests or has none."""

    certificate: NodeCertificate | None


class NodePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What an operator can change. A label set to null is removed. `wanted_port` and `wanted_mtu` are of the node's
    WireGuard; 0: as the control plane's settings, or the machine's own, say. Maintenance ends by itself at
    `maintenance_until` (RFC 3339, in the future, within a year; "": never). What is said of maintenance needs a
    node that is, or with this becomes, in it."""

    name: Name | None = None
    labels: LabelChanges | None = None
    maintenance: bool | None = None
    maintenance_reason: Line | None = None
    maintenance_until: MomentOrNone | None = None
    description: Line | None = None
    wanted_port: Annotated[int, whole(0, 65535)] | None = None
    wanted_mtu: Annotated[int, whole_or_zero(*MTU_LIMITS)] | None = None


class NodeQuery(PageQuery, forbid_unknown_fields=True):
    """Filters of the list; `label` is `key=value`. `search`: part of a name, address or label (`key=value`). `os`:
    part of the operating system's name. `outdated`: whether the agent is older than the control plane. Sorted by
    load, nodes of which none is known come last in both directions."""

    SORTS = ("name", "state", "created_at", "last_seen_at", "cpu", "memory", "disk", "version", "os")

    state: NodeState | None = None
    name: str | None = None
    label: LabelFilter | None = None
    approval: Approval | None = None
    search: str = ""
    version: str = ""
    os: str = ""
    outdated: bool | None = None


class Reached(msgspec.Struct, frozen=True):
    """A set of nodes; `ids` of None are all."""

    ids: frozenset[str] | None

    def __contains__(self, node_id: str) -> bool:
        return self.ids is None or node_id in self.ids


class NodeStateChanged(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str
    state: NodeState


class SeenNode(msgspec.Struct, frozen=True, array_like=True):
    """A node as it was heard of; `heard` is False of one that has fallen silent. `start_id` names the run of its
    agent, `interval_s` is between its heartbeats (0: it does not say)."""

    node_id: str
    state: NodeState
    last_seen_at: int
    start_id: str
    heard: bool
    interval_s: float = 0.0


class NodesWritten(msgspec.Struct, frozen=True):
    """Event: what this control plane has heard of nodes since the last time."""

    nodes: tuple[SeenNode, ...]


class NodesHeardElsewhere(msgspec.Struct, frozen=True):
    """Event: what another control plane on this database has heard."""

    nodes: tuple[SeenNode, ...]


class NodeRenamed(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str
    name: str


class NodeKeepsPorts(msgspec.Struct, frozen=True):
    """Event: the node says that it can filter by port what peers in the mesh send it, or cannot any more."""

    node_id: str


class NodeRelabelled(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str


class NodeWireGuardChanged(msgspec.Struct, frozen=True):
    """Event: an operator has set the port or the MTU of the node's WireGuard. `changes` counts that."""

    node_id: str
    changes: int


class NodeRevoked(msgspec.Struct, frozen=True):
    """Event: the node's certificates and session keys are refused from now on. `credentials` are the serials and
    ids of those that this has ended, each with its end in Unix seconds (0: it has none)."""

    node_id: str
    credentials: tuple[tuple[str, int], ...] = ()


class NodeHeld(msgspec.Struct, frozen=True):
    """Event: the node waits for approval."""

    node_id: str


class NodeApproved(msgspec.Struct, frozen=True):
    """Event."""

    node_id: str


class CertificateIssued(msgspec.Struct, frozen=True):
    """Event: the certificate is good from now on, until `expires_at`."""

    node_id: str
    serial: str
    expires_at: int


class CertificateEnded(msgspec.Struct, frozen=True):
    """Event: this one certificate is refused from now on."""

    node_id: str
    serial: str
    expires_at: int


class CertificateRow(msgspec.Struct, frozen=True):
    serial: str
    node_id: str
    issued_at: int
    expires_at: int
    # SHA-256 of the DER in hexadecimal; "" when it was issued before that was kept.
    fingerprint: str = ""


class KnownCertificate(msgspec.Struct, frozen=True):
    """A certificate as the database has it; `revoked` also when its node is deleted."""

    serial: str
    node_id: str
    expires_at: int
    revoked: bool


class ShownCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of our authority that a node shows; `source` is where the node comes from, `in_mesh`: over the
    mesh, where that is an overlay address that nobody else can come from."""

    serial: str
    node_id: str
    issued_at: int
    expires_at: int
    fingerprint: str = ""
    source: str = ""
    in_mesh: bool = False


class Standing(StrEnum):
    """What a certificate that is shown is worth."""

    GOOD = "good"
    # Not in the database, and issued after everything that is: the node is taken back.
    LOST = "lost"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class KeyRole(StrEnum):
    PRIMARY = "primary"
    # Made by a rotation; the primary from its first use on.
    SECONDARY = "secondary"


class SessionKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session key that has not ended, its secret sealed."""

    id: str
    node_id: str
    role: KeyRole
    sealed_secret: str
    created_at: int


class SessionKeysChanged(msgspec.Struct, frozen=True):
    """Event: the keys that a node signs with are these now (their secrets are sealed). An exception to "ids only":
    what may sign has to hold from the commit on, without a look into the database in between."""

    node_id: str
    keys: tuple[SessionKeyRow, ...]
