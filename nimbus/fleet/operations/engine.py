"""Brings an operation further, from what the database says alone: each advance is one transaction, so that whoever
is killed in between has either begun a step or has not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.operations import store
from nimbus.fleet.operations.guards import QUIET, QuorumGroup, Surroundings
from nimbus.fleet.operations.records import Intent, Operation, OperationState, Step, StepState
from nimbus.fleet.operations.rules import Decision, decide, taken_away
from nimbus.fleet.operations.values import StepValues
from nimbus.fleet.tasks.records import TaskOutcome, TaskRequest, TaskState
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import SYSTEM, Actor
from nimbus.kernel.changes import ResourceChanged
from nimbus.kernel.clock import Clock
from nimbus.protocol.errors import NimbusError

# Takes (node id, the gate's values): whether the fact is there.
Gate = Callable[[str, Mapping[str, Any]], bool]
# Takes (transaction, operation id, node id) of a step whose task is about to be queued, does what belongs to it in
# the same transaction, and gives parameters of the task.
Begins = Callable[[Transaction, str, str], Mapping[str, Any]]
_NO_BEGINS: Mapping[str, Begins] = {}
# Takes the id of a workspace.
Quorums = Callable[[Transaction, str], Sequence[QuorumGroup]]
NODE_DELETED = "NODE_DELETED"
_OUTCOMES = {
    TaskState.SUCCEEDED: StepState.SUCCEEDED,
    TaskState.FAILED: StepState.FAILED,
    TaskState.CANCELLED: StepState.CANCELLED,
}
_UNDO_OUTCOMES = {
    TaskState.SUCCEEDED: StepState.UNDONE,
    TaskState.FAILED: StepState.UNDO_FAILED,
    TaskState.CANCELLED: StepState.UNDO_FAILED,
}
_replace = msgspec.structs.replace


class Engine:
    """`gates` and `begins`: by kind. `quorums`: the groups of a workspace that must keep a majority. How long a
    gate was waited for is measured by the monotonic clock, from when this process saw it first: a start of the
    control plane gives the nodes their time anew."""

    def __init__(
        self,
        clock: Clock,
        nodes: Nodes,
        tasks: Tasks,
        values: StepValues,
        gates: Mapping[str, Gate],
        quorums: Sequence[Quorums],
        is_present: Callable[[str], bool],
        begins: Mapping[str, Begins] = _NO_BEGINS,
    ) -> None:
        self._clock = clock
        self._nodes = nodes
        self._tasks = tasks
        self._values = values
        self._gates = gates
        self._quorums = quorums
        self._is_present = is_present
        self._begins = begins
        # By operation, step, and when that step was begun: one that is tried again waits anew, whichever control
        # plane had it try.
        self._waited_since: dict[tuple[str, str, int | None], float] = {}

    def has_news(self, tx: Transaction, operation_id: str) -> bool:
        """Whether an advance would change anything; nothing is written."""
        operation = store.get(tx, operation_id)
        if operation is None:
            return False
        steps = store.steps(tx, operation_id)
        if self._observed(tx, operation, steps):
            return True
        return self._decide(tx, operation, steps).is_news(operation.state)

    def held(self, tx: Transaction, operation: Operation, steps: Sequence[Step]) -> Mapping[str, str]:
        """Why steps that could begin do not, by their names."""
        return self._decide(tx, operation, steps).held

    def advance(self, tx: Transaction, operation_id: str, actor: Actor = SYSTEM) -> None:
        """As far as it goes now; a step that cannot begin has failed, which may let others begin."""
        operation = store.get(tx, operation_id)
        if operation is None:
            return
        steps = store.steps(tx, operation_id)
        while True:
            for changed in self._observed(tx, operation, steps):
                self._save(tx, operation, steps, changed)
            decision = self._decide(tx, operation, steps)
            operation = self._enter(tx, operation, decision.state)
            if not (decision.start or decision.cancel or decision.undo):
                return
            by_name = {step.name: step for step in steps}
            for name in decision.start:
                self._save(tx, operation, steps, self._started(tx, actor, operation, by_name[name], steps))
            for name in decision.cancel:
                self._save(tx, operation, steps, self._cancelled(tx, actor, by_name[name]))
            for name in decision.undo:
                self._save(tx, operation, steps, self._undone(tx, actor, operation, by_name[name], steps))

    def _decide(self, tx: Transaction, operation: Operation, steps: Sequence[Step]) -> Decision:
        return decide(operation.intent, operation.limits, steps, self._surroundings(tx, operation, steps))

    def _surroundings(self, tx: Transaction, operation: Operation, steps: Sequence[Step]) -> Surroundings:
        """As far as they matter: only who would take a node away has to look around."""
        if not any(step.planned.takes_away and step.state is StepState.WAITING for step in steps):
            return QUIET
        groups = tuple(group for find in self._quorums for group in find(tx, operation.workspace_id))
        members = {node_id for group in groups for node_id in group.members}
        busy: dict[str, str] = {}
        for other in store.open_operations(tx):
            if other.id != operation.id:
                busy |= dict.fromkeys(taken_away(store.steps(tx, other.id)), other.name)
        return Surroundings(
            groups, frozenset(node_id for node_id in members if not self._is_present(node_id)), busy
        )

    # What has happened.

    def _observed(self, tx: Transaction, operation: Operation, steps: Sequence[Step]) -> list[Step]:
        """The steps that have changed since they were stored."""
        outcomes = self._tasks.outcomes_of(tx, [operation.id])[operation.id]
        changes = []
        for step in steps:
            if step.state is StepState.RUNNING and step.planned.is_gate:
                changed = self._gate_observed(tx, step, steps)
            elif step.state is StepState.UNDOING:
                changed = self._ended(step, outcomes.get(step.undo_task_id or ""), _UNDO_OUTCOMES)
            else:
                changed = self._task_observed(operation, step, outcomes)
            if changed is not None:
                changes.append(changed)
        return changes

    def _task_observed(
        self, operation: Operation, step: Step, outcomes: Mapping[str, TaskOutcome]
    ) -> Step | None:
        if step.task_id is None or step.state in (StepState.WAITING, StepState.SKIPPED):
            return None
        task_id = self._newest(step.task_id, outcomes)
        if task_id != step.task_id and operation.intent in (Intent.RUN, Intent.PAUSE):
            # The operator had the task tried again: that one counts now.
            step = _replace(step, task_id=task_id, state=StepState.RUNNING, ended_at=None)
            return self._ended(step, outcomes[task_id], _OUTCOMES) or step
        if step.state is not StepState.RUNNING:
            return None
        return self._ended(step, outcomes.get(task_id), _OUTCOMES)

    def _newest(self, task_id: str, outcomes: Mapping[str, TaskOutcome]) -> str:
        while (task := outcomes.get(task_id)) is not None and task.retried_by is not None:
            task_id = task.retried_by
        return task_id

    def _ended(
        self, step: Step, outcome: TaskOutcome | None, states: Mapping[TaskState, StepState]
    ) -> Step | None:
        if outcome is None:
            lost = states[TaskState.FAILED]
            return self._failed(step, lost, "TASK_LOST", "its task is not kept any more")
        state = states.get(outcome.state)
        if state is None:
            return None
        if outcome.error_code == NODE_DELETED:
            state = states[TaskState.FAILED]
        return _replace(
            step, state=state, ended_at=self._clock.now(), error_code=outcome.error_code, error=outcome.error
        )

    def _failed(self, step: Step, state: StepState, code: str, error: str) -> Step:
        return _replace(step, state=state, ended_at=self._clock.now(), error_code=code, error=error)

    def _gate_observed(self, tx: Transaction, step: Step, steps: Sequence[Step]) -> Step | None:
        planned = step.planned
        key = (step.operation_id, step.name, step.started_at)
        since = self._waited_since.setdefault(key, self._clock.monotonic())
        try:
            values = self._values.of_step(tx, step, steps)
        except NimbusError as error:
            return self._failed(step, StepState.FAILED, error.code, error.message)
        if self._nodes.find(tx, planned.node_id) is None:
            return self._failed(step, StepState.FAILED, NODE_DELETED, "its node was deleted")
        gate = self._gates.get(planned.kind)
        if gate is None:
            return self._failed(step, StepState.FAILED, "GATE_UNKNOWN", f"{planned.kind!r} is no gate")
        if gate(planned.node_id, values):
            return _replace(step, state=StepState.SUCCEEDED, ended_at=self._clock.now())
        patience = planned.timeout_s or 0
        if self._clock.monotonic() - since < patience:
            return None
        return self._failed(
            step, StepState.FAILED, "GATE_TIMEOUT", f"it did not come about within {patience} s"
        )

    # What is done.

    def _started(
        self, tx: Transaction, actor: Actor, operation: Operation, step: Step, steps: Sequence[Step]
    ) -> Step:
        now, planned = self._clock.now(), step.planned
        step = _replace(step, state=StepState.RUNNING, started_at=now, ended_at=None)
        if planned.is_gate:
            return step
        node = self._nodes.find(tx, planned.node_id)
        if node is None:
            return self._failed(step, StepState.FAILED, NODE_DELETED, "its node was deleted")
        try:
            parameters = self._values.of_step(tx, step, steps)
            if planned.kind in self._begins:
                with tx.savepoint():
                    parameters |= self._begins[planned.kind](tx, operation.id, node.id)
            request = TaskRequest(
                node=node.id,
                kind=planned.kind,
                parameters=parameters,
                timeout_s=planned.timeout_s,
                max_attempts=planned.max_attempts,
            )
            task = self._tasks.add(
                tx, actor, node, request, operation_id=operation.id, created_by=operation.created_by
            )
        except NimbusError as error:
            return self._failed(step, StepState.FAILED, error.code, error.message)
        return _replace(step, task_id=task.id)

    def _cancelled(self, tx: Transaction, actor: Actor, step: Step) -> Step:
        if step.planned.is_gate or step.task_id is None:
            return _replace(step, state=StepState.CANCELLED, ended_at=self._clock.now())
        self._tasks.cancel_task(tx, actor, step.task_id)
        return _replace(step, cancel_requested=True)

    def _undone(
        self, tx: Transaction, actor: Actor, operation: Operation, step: Step, steps: Sequence[Step]
    ) -> Step:
        undo = step.planned.undo
        assert undo is not None
        node = self._nodes.find(tx, step.planned.node_id)
        if node is None:
            return self._failed(step, StepState.SKIPPED, NODE_DELETED, "its node was deleted")
        try:
            request = TaskRequest(
                node=node.id, kind=undo.kind, parameters=self._values.of_undo(tx, step, steps)
            )
            task = self._tasks.add(
                tx, actor, node, request, operation_id=operation.id, created_by=operation.created_by
            )
        except NimbusError as error:
            return self._failed(step, StepState.UNDO_FAILED, error.code, error.message)
        return _replace(step, state=StepState.UNDOING, undo_task_id=task.id, ended_at=None)

    # What is stored and announced.

    def _save(self, tx: Transaction, operation: Operation, steps: list[Step], step: Step) -> None:
        """In the database, and in `steps`."""
        before = steps[step.position]
        steps[step.position] = step
        store.save_step(tx, step)
        if step.state is not StepState.RUNNING:
            self._waited_since.pop((step.operation_id, step.name, before.started_at), None)
        if step.state is not before.state:
            announce(
                tx, operation, self._clock.now(), "operation.step", step=step.name, state=step.state.value
            )

    def _enter(self, tx: Transaction, operation: Operation, state: OperationState) -> Operation:
        if state is operation.state:
            return operation
        ended_at = None if state.is_open else self._clock.now()
        store.set_state(tx, operation.id, state, ended_at)
        announce(tx, operation, self._clock.now(), "operation.state", state=state.value)
        return _replace(operation, state=state, ended_at=ended_at)


def announce(tx: Transaction, operation: Operation, now: int, kind: str, **data: str) -> None:
    """How far it is, for those who follow; what an operator does to it is in the audit log."""
    tx.emit(
        ResourceChanged(
            at=now,
            kind=kind,
            resource_kind="operation",
            resource_id=operation.id,
            resource_name=operation.name,
            workspace_id=operation.workspace_id,
            data=data,
        )
    )
