"""REST routes of operations."""

from __future__ import annotations

from nimbus.fleet.operations.records import (
    CancelRequest,
    OperationDetails,
    OperationPlan,
    OperationQuery,
    OperationRequest,
    OperationView,
)
from nimbus.fleet.operations.service import Operations
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route

_OPERATION = Collection(
    "/api/v1/operations", "operation", OperationView, reads=Permission.TASK_READ, writes=Permission.TASK_WRITE
)


def routes(operations: Operations) -> list[Route]:
    return [
        _OPERATION.list(operations.list, OperationQuery, "List operations, newest first", scoped=True),
        _OPERATION.create(operations.create, OperationRequest, "Give several nodes orders"),
        Route(
            "POST",
            _OPERATION.path + "/plan",
            lambda call: operations.plan(call.actor, call.body),
            Permission.TASK_WRITE,
            "Show the steps that an operation would have, without beginning it",
            body=OperationRequest,
            answer=OperationPlan,
        ),
        _OPERATION.show(operations.show, "Show an operation with its steps", answer=OperationDetails),
        _OPERATION.action(
            "/pause", operations.pause, "Begin nothing further for now", answer=OperationDetails
        ),
        _OPERATION.action(
            "/resume",
            operations.resume,
            "Go on, and try again what failed or was cancelled",
            answer=OperationDetails,
        ),
        _OPERATION.action(
            "/cancel",
            operations.cancel,
            "Cancel open steps; with `undo`, also undo what was done",
            CancelRequest,
            answer=OperationDetails,
        ),
    ]
