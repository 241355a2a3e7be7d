"""Types of operations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar

import msgspec

from nimbus.fleet.tasks.records import MAX_ATTEMPTS, MAX_TIMEOUT_S, TaskView
from nimbus.kernel.naming import LabelFilterOrNone
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import line, one_of, shaped, whole

MAX_NODES = 1000
MAX_NAME = 100


class OperationState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    UNDOING = "undoing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        return self in _OPEN


_OPEN = (OperationState.RUNNING, OperationState.PAUSED, OperationState.CANCELLING, OperationState.UNDOING)


class Intent(StrEnum):
    """What the operator wants of it."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"
    UNDO = "undo"


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    UNDOING = "undoing"
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"


class Undo(msgspec.Struct, frozen=True):
    """A task on the step's node that takes its effect back. It must do no harm where there is none or half of
    it."""

    kind: str
    parameters: dict[str, Any] = {}
    takes: dict[str, str] = {}


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `kind` is that of a task on the node, or of a gate. `needs`: steps before it in the plan that have
    to succeed first; those that it takes values from are among them. `takes`: parameter to `step.field` of the
    result that gives its value. Steps of a `unit` go together (a restart, and the coming back): the unit is what is
    counted by limits. A `wave` begins when the ones before it have ended. `takes_away`: from its beginning until
    its unit is done the node may be away, which the guards of others may forbid for a while."""

    name: str
    node_id: str
    kind: str
    is_gate: bool = False
    parameters: dict[str, Any] = {}
    takes: dict[str, str] = {}
    needs: tuple[str, ...] = ()
    wave: int = 0
    unit: str = ""
    timeout_s: int | None = None
    max_attempts: int | None = None
    undo: Undo | None = None
    takes_away: bool = False


class Limits(msgspec.Struct, frozen=True):
    """`at_once` units (0: any number). More than `failure_budget` failed ones: nothing further begins. With
    `canaries`, the first wave is a trial: nothing follows when one of it fails."""

    at_once: int = 0
    failure_budget: int = 0
    canaries: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step as stored. `task_id` is the task that does it, `undo_task_id` the one that takes it back."""

    operation_id: str
    position: int
    planned: PlannedStep
    state: StepState = StepState.WAITING
    task_id: str | None = None
    undo_task_id: str | None = None
    cancel_requested: bool = False
    error_code: str = ""
    error: str = ""
    started_at: int | None = None
    ended_at: int | None = None

    @property
    def name(self) -> str:
        return self.planned.name

    @property
    def has_begun(self) -> bool:
        return self.started_at is not None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds."""

    id: str
    workspace_id: str
    name: str
    kind: str
    parameters: dict[str, Any]
    state: OperationState
    intent: Intent
    limits: Limits
    created_by: str
    created_at: int
    ended_at: int | None = None


class OperationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The nodes are named (by name or id), or those of the workspace that carry the label `key=value`. Limits left
    out are the kind's. `at_once`: so many nodes at a time (0: all); `canaries`: so many nodes first, and the others
    only when none of these has failed; `failure_budget`: so many nodes may fail before nothing further begins."""

    SCHEMA: ClassVar[dict[str, Any]] = one_of("nodes", "label")

    name: Annotated[str, line(MAX_NAME, blank=False)]
    kind: str
    nodes: Annotated[list[str], shaped(maxItems=MAX_NODES)] = []
    label: LabelFilterOrNone = ""
    parameters: dict[str, Any] = {}
    timeout_s: Annotated[int, whole(1, MAX_TIMEOUT_S)] | None = None
    max_attempts: Annotated[int, whole(1, MAX_ATTEMPTS)] | None = None
    at_once: Annotated[int, whole(0, MAX_NODES)] | None = None
    canaries: Annotated[int, whole(0, MAX_NODES)] = 0
    failure_budget: Annotated[int, whole(0, MAX_NODES)] = 0
    workspace: str = ""


class CancelRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`undo`: take back what was done, in the reverse order, where a step has a way back."""

    undo: bool = False


class StepCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps are in each state: `queued` ones have not begun, or wait for their node; `undone` ones were
    taken back. Tasks that were tried again do not count."""

    total: int = 0
    queued: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    undone: int = 0


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step; times are RFC 3339. What it takes from another step's result is `{"from": "step.field"}` among its
    parameters. `undo` is the kind of the task that would take it back. `held` says why it does not begin although
    it could; "" when it is not held."""

    name: str
    node_id: str
    node: str
    kind: str
    is_gate: bool
    parameters: dict[str, Any]
    needs: tuple[str, ...]
    wave: int
    undo: str | None
    held: str
    state: StepState
    percent: int | None
    task_id: str | None
    undo_task_id: str | None
    error: dict[str, str] | None
    started_at: str | None
    ended_at: str | None


class OperationPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an order would do, step by step, and how many nodes at a time (0: all)."""

    kind: str
    workspace: str
    at_once: int
    canaries: int
    failure_budget: int
    steps: tuple[StepView, ...]


class OperationView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `percent` is the mean of its steps; ended ones are done."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    kind: str
    parameters: dict[str, Any]
    state: OperationState
    percent: int
    counts: StepCounts
    at_once: int
    canaries: int
    failure_budget: int
    created_by: str
    created_at: str
    ended_at: str | None


class OperationDetails(OperationView, frozen=True, kw_only=True):
    """With its steps, in the order of the plan, and its tasks, by node, also those that were tried again. `can`:
    what the operator can do with it now (pause, resume, cancel, undo)."""

    can: tuple[str, ...]
    steps: tuple[StepView, ...]
    tasks: list[TaskView]


class OperationQuery(PageQuery, forbid_unknown_fields=True):
    """The list is newest first."""

    SORTS = ("created_at", "name", "kind", "state")

    name: str | None = None
    kind: str | None = None
    state: OperationState | None = None
