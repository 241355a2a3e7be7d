"""The door to tasks for operators: create, list, show, cancel, logs."""

from __future__ import annotations

import builtins
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks import store
from nimbus.fleet.tasks.records import (
    MAX_DEPENDENCIES,
    LogLine,
    LogQuery,
    Task,
    TaskCancelRequested,
    TaskClosed,
    TaskKindView,
    TaskOutcome,
    TaskQuery,
    TaskReady,
    TaskRequest,
    TaskState,
    TaskView,
)
from nimbus.fleet.tasks.rules import check_can_be_ordered, checked_request, kind_views
from nimbus.fleet.tasks.secret_values import SecretValues, masked, refuse_masks
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.changes import PassingChange, ResourceChanged
from nimbus.kernel.clock import Clock, to_rfc3339
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Listed, Target
from nimbus.people.organizations.lookup import Lookup
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.kinds import TaskKind, names_artifact, secret_parameters
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

TASK = Lookup("task", Permission.TASK_READ, store.get)
# What `list` reads. A task's dependencies are written with it, and the node was there before: what is inserted into
# those tables changes no row that was shown already.
LISTED_FROM = ("tasks", "task_dependencies", "nodes")
# The workspaces where the actor may (None: all), the node (None: any), and the filters.
_Wanted = tuple[frozenset[str] | None, str | None, tuple[str, ...], tuple[object, ...]]


class Tasks:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        nodes: Nodes,
        secret_values: SecretValues,
    ) -> None:
        self._database = database
        self._secret_values = secret_values
        self._clock = clock
        self._audit = audit
        self._organizations = organizations
        self._nodes = nodes

    async def kinds(self, actor: Actor) -> builtins.list[TaskKindView]:
        actor.require(Permission.TASK_READ)
        return kind_views()

    async def create(self, actor: Actor, request: TaskRequest) -> TaskView:
        actor.require(Permission.TASK_WRITE)
        check_can_be_ordered(request.kind)

        def create(tx: Transaction) -> TaskView:
            target = Target(request.node, request.workspace)
            node = self._nodes.resolve(tx, actor, Permission.AGENT_READ, target)
            actor.require_in(Permission.TASK_WRITE, node.workspace_id, where="the node's workspace")
            task = self.add(tx, actor, node, request)
            return _view(task, node.name, tuple(sorted(set(request.depends_on))))

        return await self._database.write(create)

    async def retry(self, actor: Actor, target: Target) -> TaskView:
        """The same order again, as a new task that waits for nothing: of one that failed or was cancelled."""

        def retry(tx: Transaction) -> TaskView:
            task = self._get(tx, actor, Permission.TASK_WRITE, target)
            check_can_be_ordered(task.kind)
            if task.state not in (TaskState.FAILED, TaskState.CANCELLED):
                raise Conflict(
                    f"the task is {task.state}: only what failed or was cancelled is tried again",
                    next_step="Make another one: nimbus task create",
                )
            request = TaskRequest(
                node=task.node_id,
                kind=task.kind,
                parameters=task.parameters | self._secret_values.open(tx, task.id, "parameters"),
                timeout_s=task.timeout_s,
                max_attempts=task.max_attempts,
            )
            node = self._nodes.get(tx, task.node_id)
            again = self.add(tx, actor, node, request, retry_of=task.id, operation_id=task.operation_id)
            return self._view(tx, again)

        return await self._database.write(retry)

    def add(
        self,
        tx: Transaction,
        actor: Actor,
        node: Node,
        request: TaskRequest,
        *,
        retry_of: str | None = None,
        operation_id: str | None = None,
        created_by: str = "",
    ) -> Task:
        """Queue a task in the caller's transaction. `created_by`: who ordered it, where `actor` only carries it
        out."""
        self._nodes.check_approved(node)
        kind, complete = checked_request(request)
        parameters, secret = masked(complete, secret_parameters(kind.name))
        refuse_masks(secret)
        depends_on = list(dict.fromkeys(request.depends_on))
        now = self._clock.now()
        task = Task(
            id=new_id(),
            workspace_id=node.workspace_id,
            node_id=node.id,
            kind=kind.name,
            parameters=parameters,
            state=TaskState.QUEUED,
            attempt=0,
            max_attempts=request.max_attempts or kind.max_attempts,
            timeout_s=request.timeout_s or kind.timeout_s,
            waiting_for=self._unfinished(tx, actor, depends_on),
            due_at=now,
            cancel_requested_at=None,
            percent=None,
            result=None,
            truncated=False,
            error_code="",
            error="",
            created_by=created_by or actor.name,
            created_at=now,
            started_at=None,
            finished_at=None,
            retry_of=retry_of,
            operation_id=operation_id,
        )
        store.insert(tx, task, depends_on)
        self._secret_values.keep(tx, task.id, "parameters", secret)
        belongs = {"node": node.name, "node_id": node.id, "retry_of": retry_of, "operation_id": operation_id}
        after = {"kind": kind.name, "parameters": parameters, **{k: v for k, v in belongs.items() if v}}
        self._audit.record(tx, actor, "task.create", _resource(task, node.name), after=after)
        if task.waiting_for == 0:
            tx.emit(TaskReady(task.id, task.node_id, task.kind, task.due_at))
        return task

    def _unfinished(self, tx: Transaction, actor: Actor, depends_on: builtins.list[str]) -> int:
        if len(depends_on) > MAX_DEPENDENCIES:
            raise invalid("depends_on", f"at most {MAX_DEPENDENCIES}")
        unfinished = 0
        for task_id in depends_on:
            needed = store.get(tx, task_id)
            if needed is None or not actor.holds(Permission.TASK_READ, needed.workspace_id):
                raise invalid("depends_on", f"there is no task {task_id}")
            if needed.state in (TaskState.FAILED, TaskState.CANCELLED):
                raise invalid("depends_on", f"task {task_id} has {needed.state} already")
            unfinished += needed.is_open
        return unfinished

    async def list(self, actor: Actor, query: TaskQuery, workspace: str = "") -> Listed:
        """Rows of `TaskView`."""
        actor.require(Permission.TASK_READ)
        filters = msgspec.structs.astuple(query)

        def wanted(tx: Transaction) -> _Wanted:
            within = self._organizations.reached(tx, actor, Permission.TASK_READ, workspace)
            node_id = None
            if query.node:
                target = Target(query.node, workspace)
                node_id = self._nodes.resolve(tx, actor, Permission.AGENT_READ, target).id
            named = self._nodes.named(tx, query.search, within) if query.search else ()
            return within, node_id, named, filters

        def read(tx: Transaction, wanted: _Wanted) -> tuple[builtins.list[TaskView], int]:
            within, node_id, named, _ = wanted
            return store.select(
                tx,
                query,
                node_id=node_id,
                found_nodes=named,
                workspaces=within,
                node_names=self._nodes.names_of,
            )

        return await self._database.page(LISTED_FROM, wanted, read)

    async def show(self, actor: Actor, target: Target) -> TaskView:
        return await self._database.read(
            lambda tx: self._view(tx, self._get(tx, actor, Permission.TASK_READ, target))
        )

    async def cancel(self, actor: Actor, target: Target) -> TaskView:
        """A queued task ends now; of a running one the node is told. Cancelling twice is once."""

        def cancel(tx: Transaction) -> TaskView:
            task = self._get(tx, actor, Permission.TASK_WRITE, target)
            if not task.is_open:
                raise Conflict(f"the task has {task.state} already")
            self._cancel(tx, actor, task)
            return self._view(tx, self._get(tx, actor, Permission.TASK_WRITE, target))

        return await self._database.write(cancel)

    def _cancel(self, tx: Transaction, actor: Actor, task: Task) -> None:
        if task.state is TaskState.QUEUED:
            close(tx, task, TaskState.CANCELLED, self._clock.now(), error="cancelled by " + actor.name)
        elif task.cancel_requested_at is None:
            store.request_cancel(tx, task.id, self._clock.now())
            tx.emit(TaskCancelRequested(task.id, task.node_id))
        name = store.node_name(tx, task.node_id)
        about = {"node": name, "node_id": task.node_id} if name else {}
        self._audit.record(tx, actor, "task.cancel", _resource(task, name), after=about)

    def view_of(self, tx: Transaction, task_id: str) -> TaskView:
        """Of a task that the caller has just ordered. Raises NotFound."""
        task = store.get(tx, task_id)
        if task is None:
            raise TASK.absent(task_id)
        return self._view(tx, task)

    # For operations, which have checked what the actor may.

    def check(self, request: TaskRequest) -> tuple[TaskKind, dict[str, Any]]:
        """The kind and its parameters, complete. Raises ValidationError naming the field."""
        return checked_request(request)

    def cancel_task(self, tx: Transaction, actor: Actor, task_id: str) -> None:
        """If it is open."""
        task = store.get(tx, task_id)
        if task is not None and task.is_open:
            self._cancel(tx, actor, task)

    def result_of(self, tx: Transaction, task_id: str) -> Any:
        """With its secret values. Raises what the sealer raises when it cannot open them."""
        task = store.get(tx, task_id)
        if task is None or not isinstance(task.result, dict):
            return None
        return task.result | self._secret_values.open(tx, task_id, "result")

    def leave_operations(self, tx: Transaction, operation_ids: Sequence[str]) -> None:
        """Of operations that go: their tasks on nodes of other workspaces stay."""
        store.leave_operations(tx, operation_ids)

    def operations_with_open_tasks(self, tx: Transaction) -> builtins.list[str]:
        return store.operations_with_open_tasks(tx)

    def views_of_operation(self, tx: Transaction, operation_id: str) -> builtins.list[TaskView]:
        views = [self._view(tx, task) for task in store.of_operation(tx, operation_id)]
        return sorted(views, key=lambda view: (view.node, view.created_at))

    def outcomes_of(self, tx: Transaction, operation_ids: Sequence[str]) -> dict[str, dict[str, TaskOutcome]]:
        """Of each operation its tasks by id."""
        outcomes: dict[str, dict[str, TaskOutcome]] = {one: {} for one in operation_ids}
        rows = store.outcomes_of(tx, operation_ids) if operation_ids else ()
        retried_by = {row["retry_of"]: row["id"] for row in rows if row["retry_of"]}
        for row in rows:
            outcomes[row["operation_id"]][row["id"]] = TaskOutcome(
                TaskState(row["state"]),
                row["percent"],
                row["error_code"],
                row["error"],
                retried_by.get(row["id"]),
            )
        return outcomes

    # For artifacts.

    def names_artifact(self, tx: Transaction, node_id: str, sha256: str) -> bool:
        """Whether an open task of this node does."""
        tasks = store.open_tasks_with(tx, sha256, node_id=node_id)
        return any(names_artifact(task.kind, task.parameters, sha256) for task in tasks)

    def uses_of_artifact(self, tx: Transaction, workspace_id: str, sha256: str) -> builtins.list[str]:
        """Open tasks of a workspace that name it, in words."""
        tasks = store.open_tasks_with(tx, sha256, workspace_id=workspace_id)
        return [f"task {task.id}" for task in tasks if names_artifact(task.kind, task.parameters, sha256)]

    # For operators.

    async def logs(self, actor: Actor, target: Target, query: LogQuery) -> builtins.list[LogLine]:
        def read(tx: Transaction) -> builtins.list[LogLine]:
            task = self._get(tx, actor, Permission.TASK_READ, target)
            return [
                LogLine(query.after + number, row["attempt"], row["line"], to_rfc3339(row["at"]), row["text"])
                for number, row in enumerate(store.log_lines(tx, task.id, query.after, query.limit), start=1)
            ]

        return await self._database.read(read)

    def state_counts(
        self, tx: Transaction, within: frozenset[str] | None, since: int
    ) -> dict[TaskState, int]:
        """Of every state, how many tasks of these workspaces (None: of all) are in it; ended ones count that were
        created since."""
        return dict.fromkeys(TaskState, 0) | dict(store.state_counts(tx, within, since))

    def cancel_all(self, tx: Transaction, node_id: str, reason: str) -> None:
        """End every open task of a node that leaves."""
        for task in store.open_tasks(tx, [node_id]):
            close(tx, task, TaskState.CANCELLED, self._clock.now(), error_code="NODE_DELETED", error=reason)

    def open_count(self, tx: Transaction, node_id: str) -> int:
        """How many would be cancelled with the node."""
        return len(store.open_tasks(tx, [node_id]))

    def forget_workspace(self, tx: Transaction, workspace_id: str) -> None:
        """Of a workspace that goes: its nodes have gone, so that nothing of it is open."""
        store.purge(tx, workspace_id)

    def _get(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> Task:
        return TASK.resolve(tx, self._organizations, actor, permission, target)

    def _view(self, tx: Transaction, task: Task) -> TaskView:
        return _view(task, self._nodes.name_of(tx, task.node_id), store.dependencies(tx, task.id))


def _view(task: Task, node: str, depends_on: tuple[str, ...]) -> TaskView:
    return TaskView(
        id=task.id,
        workspace_id=task.workspace_id,
        node_id=task.node_id,
        node=node,
        kind=task.kind,
        parameters=task.parameters,
        state=task.state,
        attempt=task.attempt,
        max_attempts=task.max_attempts,
        timeout_s=task.timeout_s,
        depends_on=depends_on,
        cancel_requested=task.cancel_requested_at is not None,
        percent=task.percent,
        result=task.result,
        truncated=task.truncated,
        error={"code": task.error_code, "message": task.error} if task.error or task.error_code else None,
        created_by=task.created_by,
        created_at=to_rfc3339(task.created_at),
        due_at=to_rfc3339(task.due_at),
        started_at=to_rfc3339(task.started_at) if task.started_at else None,
        finished_at=to_rfc3339(task.finished_at) if task.finished_at else None,
        retry_of=task.retry_of,
        operation_id=task.operation_id,
    )


def close(
    tx: Transaction,
    task: Task,
    state: TaskState,
    now: int,
    *,
    result: str | None = None,
    truncated: bool = False,
    error_code: str = "",
    error: str = "",
    is_reported: bool = False,
) -> None:
    """Bring a task to a final state, and with it what depends on it. `is_reported`: its node says so."""
    store.close(
        tx, task.id, state, now, result=result, truncated=truncated, error_code=error_code, error=error
    )
    tx.emit(TaskClosed(task.id, task.node_id, state, is_reported))
    attempts = {"attempts": task.attempt} if task.attempt > 1 else {}
    emit_change(tx, task, "task.closed", now, state=state.value, error_code=error_code, **attempts)
    if state is TaskState.SUCCEEDED:
        for dependent in store.dependents(tx, task.id):
            if store.one_dependency_less(tx, dependent.id) == 0:
                tx.emit(TaskReady(dependent.id, dependent.node_id, dependent.kind, dependent.due_at))
        return
    # Not by recursion: a chain may be long. What is cancelled is no dependent any more, so that each comes once.
    ended = deque([(task.id, state)])
    while ended:
        needed, how = ended.popleft()
        reason = f"task {needed}, which it depends on, has {how}"
        for dependent in store.dependents(tx, needed):
            store.close(
                tx, dependent.id, TaskState.CANCELLED, now, error_code="DEPENDENCY_FAILED", error=reason
            )
            tx.emit(TaskClosed(dependent.id, dependent.node_id, TaskState.CANCELLED))
            emit_change(
                tx,
                dependent,
                "task.closed",
                now,
                state=TaskState.CANCELLED.value,
                error_code="DEPENDENCY_FAILED",
            )
            ended.append((dependent.id, TaskState.CANCELLED))


def emit_change(tx: Transaction, task: Task, kind: str, now: int, **data: str | int) -> None:
    """What happens to a task between its creation and its end is for those who follow, not for the audit log."""
    name = store.node_name(tx, task.node_id)
    tx.emit(_change(ResourceChanged, task, kind, now, {"node": name, **data} if name else data))


def emit_progress(tx: Transaction, task: Task, now: int, percent: int | None, log_lines: int) -> None:
    """For those who follow just now: how far it is, and how many lines its log has."""
    data = {"log_lines": log_lines, **({} if percent is None else {"percent": percent})}
    tx.emit(_change(PassingChange, task, "task.progress", now, data))


def _change(
    event: type[ResourceChanged], task: Task, kind: str, now: int, data: Mapping[str, str | int]
) -> ResourceChanged:
    belongs = {"node_id": task.node_id, "operation_id": task.operation_id}
    known = {name: value for name, value in belongs.items() if value}
    return event(
        at=now,
        kind=kind,
        resource_kind="task",
        resource_id=task.id,
        resource_name=task.kind,
        workspace_id=task.workspace_id,
        data={**known, **data},
        node_id=task.node_id,
    )


def _resource(task: Task, node_name: str) -> Resource:
    return Resource("task", task.id, task.kind, task.workspace_id, node_id=task.node_id, node_name=node_name)
