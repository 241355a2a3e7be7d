"""REST routes of tasks."""

from __future__ import annotations

from nimbus.fleet.tasks.records import LogLine, LogQuery, TaskKindView, TaskQuery, TaskRequest, TaskView
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Permission
from nimbus.kernel.collection import Collection
from nimbus.kernel.routing import Route

_TASK = Collection(
    "/api/v1/tasks", "task", TaskView, reads=Permission.TASK_READ, writes=Permission.TASK_WRITE
)


def routes(tasks: Tasks) -> list[Route]:
    return [
        _TASK.list(tasks.list, TaskQuery, "List tasks, newest first", scoped=True),
        _TASK.create(tasks.create, TaskRequest, "Queue a task for a node"),
        Route(
            "GET",
            _TASK.path + "/kinds",
            lambda call: tasks.kinds(call.actor),
            Permission.TASK_READ,
            "List the kinds of tasks, and what each takes",
            answer=list[TaskKindView],
        ),
        _TASK.show(tasks.show, "Show a task"),
        _TASK.action("/cancel", tasks.cancel, "Cancel a task"),
        _TASK.action(
            "/retry", tasks.retry, "Try a task again that failed or was cancelled", creates=True, status=201
        ),
        _TASK.part("/logs", tasks.logs, "Log lines of a task", LogQuery, answer=list[LogLine]),
    ]
