"""Operations as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from nimbus.fleet.operations.records import (
    Operation,
    OperationDetails,
    OperationView,
    PlannedStep,
    Step,
    StepCounts,
    StepState,
    StepView,
)
from nimbus.fleet.operations.rules import counted, possible
from nimbus.fleet.tasks.records import TaskOutcome, TaskState, TaskView
from nimbus.kernel.clock import optional_rfc3339, to_rfc3339

Outcomes = Mapping[str, TaskOutcome]
State = tuple[StepState, str | None]


def operation_view(
    operation: Operation, workspace: str, states: Sequence[State], outcomes: Outcomes
) -> OperationView:
    """`states`: state and task id of each step."""
    counts, percent = _progress(states, outcomes)
    return OperationView(
        id=operation.id,
        workspace_id=operation.workspace_id,
        workspace=workspace,
        name=operation.name,
        kind=operation.kind,
        parameters=operation.parameters,
        state=operation.state,
        percent=percent,
        counts=counts,
        at_once=operation.limits.at_once,
        canaries=operation.limits.canaries,
        failure_budget=operation.limits.failure_budget,
        created_by=operation.created_by,
        created_at=to_rfc3339(operation.created_at),
        ended_at=optional_rfc3339(operation.ended_at),
    )


def operation_details(
    operation: Operation,
    workspace: str,
    steps: Sequence[Step],
    outcomes: Outcomes,
    nodes: Mapping[str, str],
    tasks: list[TaskView],
    held: Mapping[str, str],
) -> OperationDetails:
    states = [(step.state, step.task_id) for step in steps]
    view = operation_view(operation, workspace, states, outcomes)
    return OperationDetails(
        **msgspec.structs.asdict(view),
        can=possible(operation.state, operation.intent, steps),
        steps=tuple(step_view(step, nodes, outcomes, held) for step in steps),
        tasks=tasks,
    )


def _progress(states: Sequence[State], outcomes: Outcomes) -> tuple[StepCounts, int]:
    rows = []
    for state, task_id in states:
        outcome = outcomes.get(task_id) if task_id is not None and state is StepState.RUNNING else None
        is_queued = outcome is not None and outcome.state is TaskState.QUEUED
        rows.append((state, None if outcome is None else outcome.percent, is_queued))
    return counted(rows)


def step_view(step: Step, nodes: Mapping[str, str], outcomes: Outcomes, held: Mapping[str, str]) -> StepView:
    """`held`: reasons by names of steps."""
    planned = step.planned
    outcome = outcomes.get(step.task_id) if step.task_id is not None else None
    is_wrong = bool(step.error_code or step.error)
    return StepView(
        name=planned.name,
        node_id=planned.node_id,
        node=nodes.get(planned.node_id, ""),
        kind=planned.kind,
        is_gate=planned.is_gate,
        parameters=shown_parameters(planned),
        needs=planned.needs,
        wave=planned.wave,
        undo=planned.undo.kind if planned.undo else None,
        held=held.get(planned.name, ""),
        state=step.state,
        percent=outcome.percent if outcome else None,
        task_id=step.task_id,
        undo_task_id=step.undo_task_id,
        error={"code": step.error_code, "message": step.error} if is_wrong else None,
        started_at=optional_rfc3339(step.started_at),
        ended_at=optional_rfc3339(step.ended_at),
    )


def shown_parameters(planned: PlannedStep) -> dict[str, Any]:
    return planned.parameters | {name: {"from": source} for name, source in planned.takes.items()}
