"""REST routes of operations."""

from __future__ import annotations

from nimbus.fleet.operations.records import OperationDetails, OperationQuery, OperationRequest, OperationView
from nimbus.fleet.operations.service import Operations
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Page, Route


def routes(operations: Operations) -> list[Route]:
    async def index(call: Call) -> Answer:
        query = call.query or OperationQuery()
        found, total = await operations.list(call.actor, query, call.workspace)
        return Answer(found, page=Page(query.page, query.per_page, total))

    async def create(call: Call) -> Answer:
        return Answer(await operations.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await operations.show(call.actor, call.path["operation"]))

    async def cancel(call: Call) -> Answer:
        return Answer(await operations.cancel(call.actor, call.path["operation"]))

    base, one = "/api/v1/operations", "/api/v1/operations/{operation}"
    read, write = Permission.TASK_READ, Permission.TASK_WRITE
    return [
        Route(
            "GET",
            base,
            index,
            read,
            "List operations, newest first",
            query=OperationQuery,
            answer=list[OperationView],
            scoped=True,
        ),
        Route(
            "POST",
            base,
            create,
            write,
            "Give several nodes the same task",
            body=OperationRequest,
            answer=OperationView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", one, show, read, "Show an operation with its tasks", answer=OperationDetails),
        Route(
            "POST",
            one + "/cancel",
            cancel,
            write,
            "Cancel what is open of an operation",
            answer=OperationDetails,
            changes=True,
        ),
    ]
