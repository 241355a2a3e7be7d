"""SQL of operations."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.natural import natural
from nimbus.db.selection import Selection
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.operations.records import (
    Intent,
    Limits,
    Operation,
    OperationQuery,
    OperationState,
    PlannedStep,
    Step,
    StepState,
)

_COLUMNS = (
    "id, workspace_id, name, kind, parameters, state, intent, at_once, failure_budget, canaries, created_by,"
    " created_at, ended_at"
)
_SORTABLE = {"created_at": "created_at", "name": natural("name"), "kind": "kind", "state": "state"}
# The condition of the index `operations_open`, word for word.
_OPEN = "state IN ('running', 'paused', 'cancelling', 'undoing')"
_STEP = (
    "operation_id, name, position, planned, state, task_id, undo_task_id, cancel_requested, error_code, error,"
    " started_at, ended_at"
)
_encode = msgspec.json.Encoder().encode
_planned = msgspec.json.Decoder(PlannedStep)


def _operation(row: Row) -> Operation:
    return Operation(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        kind=row["kind"],
        parameters=msgspec.json.decode(row["parameters"]),
        state=OperationState(row["state"]),
        intent=Intent(row["intent"]),
        limits=Limits(row["at_once"], row["failure_budget"], row["canaries"]),
        created_by=row["created_by"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )


def insert(tx: Transaction, operation: Operation) -> None:
    tx.execute(
        f"INSERT INTO operations ({_COLUMNS}) VALUES ({placeholders(13)})",
        (
            operation.id,
            operation.workspace_id,
            operation.name,
            operation.kind,
            _encode(operation.parameters).decode(),
            operation.state,
            operation.intent,
            operation.limits.at_once,
            operation.limits.failure_budget,
            operation.limits.canaries,
            operation.created_by,
            operation.created_at,
            operation.ended_at,
        ),
    )


def get(tx: Transaction, operation_id: str) -> Operation | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM operations WHERE id = ?", (operation_id,))
    return _operation(row) if row else None


def select(
    tx: Transaction, query: OperationQuery, workspaces: Collection[str] | None
) -> tuple[list[Operation], int]:
    """One page, newest first, of these workspaces (None: all), and how many there are."""
    selection = Selection().within("workspace_id", workspaces)
    selection.equal("name", query.name).equal("kind", query.kind).equal("state", query.state)
    rows, total = selection.page(
        tx,
        _COLUMNS,
        "operations",
        order=query.order,
        sortable=_SORTABLE,
        default="created_at DESC, id",
        limit=query.per_page,
        offset=query.offset,
    )
    return [_operation(row) for row in rows], total


def set_intent(tx: Transaction, operation_id: str, intent: Intent) -> None:
    tx.execute("UPDATE operations SET intent = ? WHERE id = ?", (intent, operation_id))


def set_state(tx: Transaction, operation_id: str, state: OperationState, ended_at: int | None) -> None:
    tx.execute("UPDATE operations SET state = ?, ended_at = ? WHERE id = ?", (state, ended_at, operation_id))


def open_ids(tx: Transaction) -> list[str]:
    rows = tx.all(f"SELECT id FROM operations WHERE {_OPEN} ORDER BY created_at, id")
    return [row["id"] for row in rows]


def open_operations(tx: Transaction) -> list[Operation]:
    return [_operation(row) for row in tx.all(f"SELECT {_COLUMNS} FROM operations WHERE {_OPEN}")]


def ids_of_workspace(tx: Transaction, workspace_id: str) -> list[str]:
    return [row["id"] for row in tx.all("SELECT id FROM operations WHERE workspace_id = ?", (workspace_id,))]


def delete_of_workspace(tx: Transaction, workspace_id: str) -> None:
    operations = "SELECT id FROM operations WHERE workspace_id = ?"
    for table in ("operation_secret_values", "operation_steps"):
        tx.execute(f"DELETE FROM {table} WHERE operation_id IN ({operations})", (workspace_id,))
    tx.execute("DELETE FROM operations WHERE workspace_id = ?", (workspace_id,))


# Steps.


def _step(row: Row) -> Step:
    return Step(
        operation_id=row["operation_id"],
        position=row["position"],
        planned=_planned.decode(row["planned"]),
        state=StepState(row["state"]),
        task_id=row["task_id"],
        undo_task_id=row["undo_task_id"],
        cancel_requested=bool(row["cancel_requested"]),
        error_code=row["error_code"],
        error=row["error"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def insert_steps(tx: Transaction, steps: Sequence[Step]) -> None:
    tx.execute_many(
        f"INSERT INTO operation_steps ({_STEP}) VALUES ({placeholders(12)})",
        [
            (
                step.operation_id,
                step.name,
                step.position,
                _encode(step.planned).decode(),
                step.state,
                step.task_id,
                step.undo_task_id,
                int(step.cancel_requested),
                step.error_code,
                step.error,
                step.started_at,
                step.ended_at,
            )
            for step in steps
        ],
    )


def steps(tx: Transaction, operation_id: str) -> list[Step]:
    """In the order of the plan."""
    rows = tx.all(
        f"SELECT {_STEP} FROM operation_steps WHERE operation_id = ? ORDER BY position", (operation_id,)
    )
    return [_step(row) for row in rows]


def save_step(tx: Transaction, step: Step) -> None:
    tx.execute(
        "UPDATE operation_steps SET state = ?, task_id = ?, undo_task_id = ?, cancel_requested = ?, error_code = ?,"
        " error = ?, started_at = ?, ended_at = ? WHERE operation_id = ? AND name = ?",
        (
            step.state,
            step.task_id,
            step.undo_task_id,
            int(step.cancel_requested),
            step.error_code,
            step.error,
            step.started_at,
            step.ended_at,
            step.operation_id,
            step.name,
        ),
    )


def step_states(tx: Transaction, operation_ids: Sequence[str]) -> list[tuple[str, StepState, str | None]]:
    """(operation id, state, task id) of all their steps."""
    rows = tx.all(
        "SELECT operation_id, state, task_id FROM operation_steps"
        f" WHERE operation_id IN ({placeholders(len(operation_ids))})",
        operation_ids,
    )
    return [(row["operation_id"], StepState(row["state"]), row["task_id"]) for row in rows]


def open_steps_with(tx: Transaction, workspace_id: str, word: str) -> list[Step]:
    """Steps of open operations of a workspace that have not ended, and have this word in their plan."""
    columns = ", ".join(f"s.{name}" for name in _STEP.split(", "))
    rows = tx.all(
        f"SELECT {columns} FROM operation_steps AS s JOIN operations AS o ON o.id = s.operation_id"
        " WHERE o.state IN ('running', 'paused', 'cancelling', 'undoing') AND o.workspace_id = ?"
        " AND s.state IN ('waiting', 'running') AND REPLACE(s.planned, ?, '') <> s.planned"
        " ORDER BY o.created_at, s.position",
        (workspace_id, word),
    )
    return [_step(row) for row in rows]


def keep_sealed_values(tx: Transaction, operation_id: str, step: str, sealed: str) -> None:
    tx.execute(
        "INSERT INTO operation_secret_values (operation_id, step, sealed_values) VALUES (?, ?, ?)",
        (operation_id, step, sealed),
    )


def sealed_values(tx: Transaction, operation_id: str, step: str) -> str | None:
    found: str | None = tx.value(
        "SELECT sealed_values FROM operation_secret_values WHERE operation_id = ? AND step = ?",
        (operation_id, step),
    )
    return found
