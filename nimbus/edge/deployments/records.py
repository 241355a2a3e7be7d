"""Types of deployments."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from nimbus.edge.sections.records import Entry
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import shaped, whole
from nimbus.protocol.edge import ObjectState

MAX_NAMED = 1000
MAX_WAVE = 1000
Named = Annotated[list[str], shaped(maxItems=MAX_NAMED)]


class DeploymentRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Names or ids. Without hosts and upstreams: all of the workspace. `nodes`: only these edges. `canary`: one
    edge first, and the others when it serves; `wave`: so many at a time (0: all)."""

    hosts: Named = []
    upstreams: Named = []
    nodes: Named = []
    canary: bool = False
    wave: Annotated[int, whole(0, MAX_WAVE)] = 0
    workspace: str = ""


class DeploymentQuery(PageQuery, forbid_unknown_fields=True):
    """The list is newest first."""


class NodeState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SERVED = "served"
    # Some of what was deployed is not served: what was before is, or nothing.
    PARTLY = "partly"
    # nginx does not run, and takes it when it starts.
    WRITTEN = "written"
    REFUSED = "refused"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_open(self) -> bool:
        return self in (NodeState.QUEUED, NodeState.RUNNING)


class DeployedObject(msgspec.Struct, frozen=True, order=True):
    """`owner` is KIND/ID; version 0: it is taken away."""

    owner: str
    name: str
    version: int


class PlannedNode(msgspec.Struct, frozen=True, kw_only=True):
    """What an edge is to serve of a deployment. `objects` are those of it that concern this edge; `entries` of
    theirs replace all that these have there."""

    node_id: str
    objects: tuple[DeployedObject, ...] = ()
    entries: tuple[Entry, ...] = ()


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times in epoch microseconds."""

    id: str
    workspace_id: str
    operation_id: str
    objects: tuple[DeployedObject, ...]
    canary: bool
    wave: int
    created_by: str
    created_at: int
    ended_at: int | None = None


class DeploymentNode(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `before`: the entries that were there in the places of those which this changed. `objects`: those
    that are not served as they were wanted."""

    deployment_id: str
    position: int
    wave: int
    planned: PlannedNode
    state: NodeState = NodeState.QUEUED
    generation: int = 0
    before: tuple[Entry, ...] = ()
    message: str = ""
    objects: tuple[ObjectState, ...] = ()
    ended_at: int | None = None


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Which version of an object an edge serves (0: none), and which it was to serve last; as stored."""

    node_id: str
    owner: str
    workspace_id: str
    name: str
    wanted: int
    served: int
    problem: str = ""
    line: int = 0
    deployment_id: str = ""
    changed_at: int = 0


class FileChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an edge that a deployment changes; a unified diff."""

    name: str
    owner: str
    diff: str


class PlannedNodeView(msgspec.Struct, frozen=True, kw_only=True):
    """`wave` counts from 1. `problems` keep it from being deployed, `notes` do not."""

    node_id: str
    node: str
    wave: int
    objects: tuple[DeployedObject, ...]
    files: tuple[FileChangeView, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class DeploymentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment would do."""

    workspace: str
    objects: tuple[DeployedObject, ...]
    nodes: tuple[PlannedNodeView, ...]


class ObjectProblemView(msgspec.Struct, frozen=True, kw_only=True):
    """An object that is not served as it was wanted: nginx's words, and the line of its file (0: none)."""

    owner: str
    name: str
    wanted: int
    served: int
    problem: str
    line: int


class DeploymentNodeView(msgspec.Struct, frozen=True, kw_only=True):
    """`percent` is how far its task is; null: it has not begun, or does not say."""

    node_id: str
    node: str
    wave: int
    state: NodeState
    percent: int | None
    generation: int
    message: str
    objects: tuple[ObjectProblemView, ...]
    ended_at: str | None


class DeploymentView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `state` is that of its operation, which can be paused, resumed and cancelled."""

    id: str
    workspace_id: str
    workspace: str
    operation_id: str
    state: str
    canary: bool
    wave: int
    objects: tuple[DeployedObject, ...]
    nodes: tuple[DeploymentNodeView, ...]
    created_by: str
    created_at: str
    ended_at: str | None


class ServedQuery(PageQuery, forbid_unknown_fields=True):
    """`node`: only what this edge serves, by name or id."""

    node: str | None = None


class ServedView(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the newest version of the object, `served` the one that the edge serves (0: none), `wanted` the
    one that was deployed last."""

    node_id: str
    node: str
    owner: str
    name: str
    workspace: str
    current: int
    wanted: int
    served: int
    problem: str
    line: int
    changed_at: str
