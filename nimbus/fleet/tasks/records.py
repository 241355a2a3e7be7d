"""Types of tasks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from nimbus.kernel.routing import MAX_PAGE, MAX_PER_PAGE, PageQuery
from nimbus.kernel.shapes import Moment, shaped, whole
from nimbus.records.audit.moments import from_rfc3339

MAX_TIMEOUT_S = 24 * 3600
MAX_ATTEMPTS = 20
MAX_DEPENDENCIES = 100


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        return self in OPEN_STATES


OPEN_STATES = (TaskState.QUEUED, TaskState.RUNNING)


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A task as stored. `waiting_for` counts unfinished dependencies; `due_at` is when it may be leased."""

    id: str
    workspace_id: str
    node_id: str
    kind: str
    parameters: dict[str, Any]
    state: TaskState
    attempt: int
    max_attempts: int
    timeout_s: int
    waiting_for: int
    due_at: int
    cancel_requested_at: int | None
    percent: int | None
    result: Any
    truncated: bool
    error_code: str
    error: str
    created_by: str
    created_at: int
    started_at: int | None
    finished_at: int | None
    # The task that this one repeats, and the operation that it is part of.
    retry_of: str | None = None
    operation_id: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as the API shows it; times are RFC 3339."""

    id: str
    workspace_id: str
    node_id: str
    node: str
    kind: str
    parameters: dict[str, Any]
    state: TaskState
    attempt: int
    max_attempts: int
    timeout_s: int
    depends_on: tuple[str, ...]
    cancel_requested: bool
    percent: int | None
    result: Any
    truncated: bool
    error: dict[str, str] | None
    created_by: str
    created_at: str
    due_at: str
    started_at: str | None
    finished_at: str | None
    retry_of: str | None
    operation_id: str | None


class TaskOutcome(msgspec.Struct, frozen=True):
    """What has become of one task of an operation. `retried_by` is the task that tries it again."""

    state: TaskState
    percent: int | None
    error_code: str
    error: str
    retried_by: str | None = None


class TaskRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`node` is a name or an id. Limits that are not given are the kind's."""

    node: str
    kind: str
    parameters: dict[str, Any] = {}
    timeout_s: Annotated[int, whole(1, MAX_TIMEOUT_S)] | None = None
    max_attempts: Annotated[int, whole(1, MAX_ATTEMPTS)] | None = None
    depends_on: Annotated[list[str], shaped(maxItems=MAX_DEPENDENCIES)] = []
    workspace: str = ""


class TaskKindView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of task. `parameters` is the JSON Schema (2020-12) of the object that it takes: a form can be made of
    it. `timeout_s` and `max_attempts` are taken where a request names none; `retryable`: a failed attempt is
    repeated by itself."""

    name: str
    summary: str
    parameters: dict[str, Any]
    timeout_s: int
    max_attempts: int
    retryable: bool


class TaskQuery(PageQuery, forbid_unknown_fields=True):
    """Filters of the list, which is newest first; `node` is a name or an id, `operation` an id. `search`: the
    beginning of an id, or part of a kind or of a node's name. Created from `since` on and before `until`."""

    SORTS = ("created_at", "state", "kind")

    node: str | None = None
    state: TaskState | None = None
    kind: str | None = None
    operation: str | None = None
    search: str = ""
    since: Moment | None = None
    until: Moment | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, text in (("since", self.since), ("until", self.until)):
            if text is None:
                continue
            try:
                from_rfc3339(text)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None


class LogQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`after` is the sequence of the last line seen."""

    after: Annotated[int, whole(0, MAX_PAGE * MAX_PER_PAGE)] = 0
    limit: Annotated[int, whole(1, MAX_PER_PAGE)] = 1000

    def __post_init__(self) -> None:
        if not 0 <= self.after <= MAX_PAGE * MAX_PER_PAGE or not 1 <= self.limit <= 1000:
            raise ValueError("after must be 0 or more and limit from 1 to 1000")


class LogLine(msgspec.Struct, frozen=True):
    sequence: int
    attempt: int
    line: int
    at: str
    text: str


class WorkWaiting(msgspec.Struct, frozen=True):
    """The node has tasks to fetch, or cancellations."""

    node_id: str


class TaskReady(msgspec.Struct, frozen=True):
    """Event: a task waits for its node, from `due_at` on. `is_expired`: its lease ended, without a word of the
    node."""

    task_id: str
    node_id: str
    kind: str
    due_at: int
    is_expired: bool = False


class TaskLeased(msgspec.Struct, frozen=True):
    """Event."""

    task_id: str
    node_id: str
    kind: str


class LeasesNamed(msgspec.Struct, frozen=True):
    """Event: the tasks (node id, task ids) that nodes have named to this control plane since the last time."""

    tasks: tuple[tuple[str, tuple[str, ...]], ...]


class LeasesNamedElsewhere(msgspec.Struct, frozen=True):
    """Event: as nodes have named them to another control plane on this database."""

    tasks: tuple[tuple[str, tuple[str, ...]], ...]


class TaskCancelRequested(msgspec.Struct, frozen=True):
    """Event."""

    task_id: str
    node_id: str


class TaskClosed(msgspec.Struct, frozen=True):
    """Event: the task reached a final state. `is_reported`: because its node said so."""

    task_id: str
    node_id: str
    state: TaskState
    is_reported: bool = False
