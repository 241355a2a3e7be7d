"""Types of operations."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from nimbus.fleet.tasks.records import TaskView
from nimbus.kernel.routing import PageQuery


class OperationState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; `created_at` is epoch microseconds."""

    id: str
    workspace_id: str
    name: str
    kind: str
    parameters: dict[str, Any]
    created_by: str
    created_at: int


class OperationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The nodes are named (by name or id), or those of the workspace that carry the label `key=value`. Limits left
    out are the kind's."""

    name: str
    kind: str
    nodes: list[str] = []
    label: str = ""
    parameters: dict[str, Any] = {}
    timeout_s: int | None = None
    max_attempts: int | None = None
    workspace: str = ""


class TaskCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks are in each state; those that were tried again do not count."""

    total: int = 0
    queued: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0


class OperationView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `percent` is the mean of its tasks; ended ones are done."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    kind: str
    parameters: dict[str, Any]
    state: OperationState
    percent: int
    counts: TaskCounts
    created_by: str
    created_at: str


class OperationDetails(OperationView, frozen=True, kw_only=True):
    """With its tasks, by node, also those that were tried again."""

    tasks: list[TaskView]


class OperationQuery(PageQuery, forbid_unknown_fields=True):
    """The list is newest first."""

    SORTS = ("created_at", "name", "kind")

    name: str | None = None
    kind: str | None = None
