"""REST routes of tasks."""

from __future__ import annotations

from nimbus.fleet.tasks.records import LogLine, LogQuery, TaskKindView, TaskQuery, TaskRequest, TaskView
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Permission
from nimbus.kernel.routing import Answer, Call, Page, Route


def routes(tasks: Tasks) -> list[Route]:
    async def index(call: Call) -> Answer:
        query: TaskQuery = call.query
        found = await tasks.list(call.actor, query, call.workspace)
        return Answer(found.rows, page=Page(query.page, query.per_page, found.total), tag=found.tag)

    async def kinds(call: Call) -> Answer:
        return Answer(tasks.kinds(call.actor))

    async def create(call: Call) -> Answer:
        return Answer(await tasks.create(call.actor, call.body), status=201)

    async def show(call: Call) -> Answer:
        return Answer(await tasks.show(call.actor, call.path["task"]))

    async def cancel(call: Call) -> Answer:
        return Answer(await tasks.cancel(call.actor, call.path["task"]))

    async def retry(call: Call) -> Answer:
        return Answer(await tasks.retry(call.actor, call.path["task"]), status=201)

    async def logs(call: Call) -> Answer:
        return Answer(await tasks.logs(call.actor, call.path["task"], call.query))

    base, one = "/api/v1/tasks", "/api/v1/tasks/{task}"
    read, write = Permission.TASK_READ, Permission.TASK_WRITE
    return [
        Route(
            "GET",
            base,
            index,
            read,
            "List tasks, newest first",
            query=TaskQuery,
            answer=list[TaskView],
            scoped=True,
        ),
        Route(
            "POST",
            base,
            create,
            write,
            "Queue a task for a node",
            body=TaskRequest,
            answer=TaskView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route(
            "GET",
            base + "/kinds",
            kinds,
            read,
            "List the kinds of tasks, and what each takes",
            answer=list[TaskKindView],
        ),
        Route("GET", one, show, read, "Show a task", answer=TaskView),
        Route("POST", one + "/cancel", cancel, write, "Cancel a task", answer=TaskView, changes=True),
        Route(
            "POST",
            one + "/retry",
            retry,
            write,
            "Try a task again that failed or was cancelled",
            answer=TaskView,
            changes=True,
            creates=True,
            status=201,
        ),
        Route("GET", one + "/logs", logs, read, "Log lines of a task", query=LogQuery, answer=list[LogLine]),
    ]
