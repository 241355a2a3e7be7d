"""REST routes of operations."""

from __future__ import annotations

from nimbus.fleet.operations.records import OperationDetails, OperationQuery, OperationRequest, OperationView
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
        _OPERATION.create(operations.create, OperationRequest, "Give several nodes the same task"),
        _OPERATION.show(operations.show, "Show an operation with its tasks", answer=OperationDetails),
        _OPERATION.action(
            "/cancel", operations.cancel, "Cancel what is open of an operation", answer=OperationDetails
        ),
    ]
