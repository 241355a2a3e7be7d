"""`nimbus task`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from nimbus.cli.moments import moment
from nimbus.cli.noun import PARAMETERS, YES, Field, Noun, sent, verbs_of
from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, age, details, print_data, printable, report, show, watched
from nimbus.cli.progress import Progress
from nimbus.client.client import Client
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK, UsageError

_OPEN = ("queued", "running")
_POLL_INTERVAL_S = 0.2
_COLUMNS = (
    Column("ID", "id"),
    Column("NODE", "node"),
    Column("KIND", "kind"),
    Column("STATE", "state"),
    Column("TRY", lambda t: f"{t['attempt']}/{t['max_attempts']}", right=True),
    Column("DONE", lambda t: None if t["percent"] is None else f"{t['percent']}%", right=True),
    Column("CREATED", lambda t: age(t["created_at"])),
    Column("BY", "created_by", wide=True),
    Column("ERROR", lambda t: t["error"]["message"] if t["error"] else None),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS),
    Column("Parameters", lambda t: json.dumps(t["parameters"]) if t["parameters"] else None),
    Column("Retry of", "retry_of"),
    Column("Operation", "operation_id"),
    Column("Depends on", lambda t: ", ".join(t["depends_on"])),
    Column("Started", "started_at"),
    Column("Finished", "finished_at"),
    Column("Result", lambda t: None if t["result"] is None else json.dumps(t["result"])),
    Column("Cut", lambda t: "the result was too large and was truncated" if t["truncated"] else None),
)

_KINDS = (
    Column("KIND", "name"),
    Column("PARAMETERS", lambda k: ", ".join(k["parameters"].get("properties", {}))),
    Column("TIMEOUT", lambda k: f"{k['timeout_s']}s", right=True),
    Column("TRIES", "max_attempts", right=True),
    Column("WHAT", "summary"),
)


_TASK = Noun(
    name="task",
    path="/api/v1/tasks",
    columns=_COLUMNS,
    details=_DETAILS,
    empty="No tasks. Create one: nimbus task create --node NODE --kind KIND",
    reference="its id",
    scoped=True,
)
_FILTERS = (
    Field("--node", help="only this node"),
    Field("--state", choices=(*_OPEN, "succeeded", "failed", "cancelled"), help="only in this state"),
    Field("--kind", help="only this kind"),
    Field("--operation", metavar="ID", help="only this operation"),
    Field(
        "--since",
        metavar="TIME",
        help="created since: 2h, 7d, yesterday or 2026-11-30",
        value=lambda text: moment(text, "--since"),
    ),
    Field(
        "--until",
        metavar="TIME",
        help="created before, in the same forms",
        value=lambda text: moment(text, "--until"),
    ),
)
_WAIT = Field("--wait", action="store_true", help="wait until it ends and show its log")
_NEW = (
    Field("--node", required=True, help="name or id"),
    Field("--kind", required=True, help="kind of task, see: nimbus task kinds"),
    PARAMETERS,
    Field("--timeout", "timeout_s", type=int, metavar="S", help="time limit of an attempt"),
    Field("--attempts", "max_attempts", type=int, metavar="N", help="maximum number of attempts"),
    Field(
        "--after",
        "depends_on",
        action="append",
        metavar="TASK",
        help="run after this task has succeeded, can be repeated",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _TASK.verb(verbs, "create", "run a task on a node", _create, *_NEW, _WAIT, of_one=False)
    kinds = verbs.add_parser(
        "kinds", parents=[shared(rows=True)], help="list the kinds of tasks and their parameters"
    )
    kinds.set_defaults(run=_kinds)
    limit = Field("--limit", type=int, default=50, help="number of tasks (default: 50, 0 for all)")
    _TASK.verb(
        verbs,
        "list",
        "list tasks, newest first",
        _list,
        *_FILTERS,
        limit,
        of_one=False,
        watch=True,
        rows=True,
    )
    _TASK.show(verbs, "show a task")
    _TASK.verb(verbs, "cancel", "cancel a task", _cancel, YES)
    _TASK.verb(verbs, "retry", "retry a task that failed or was cancelled", _retry, _WAIT)
    _TASK.verb(verbs, "logs", "print the log of a task", _logs).add_argument(
        "--follow", "-f", action="store_true", help="keep printing until the task ends"
    )


def _create(options: argparse.Namespace) -> int:
    api = client(options)
    body = {**sent(_NEW, options), "workspace": api.workspace}
    return _started(options, api, api.post(_TASK.path, body))


def _retry(options: argparse.Namespace) -> int:
    api = client(options)
    return _started(options, api, api.post(f"{_TASK.path_of(api, options)}/retry"))


def _started(options: argparse.Namespace, api: Client, task: dict[str, Any]) -> int:
    if options.wait:
        task = _wait(api, task, quiet=options.output in ("json", "yaml"))
        details(options, task, _DETAILS)
        return EXIT_OK if task["state"] == "succeeded" else EXIT_FAILED
    follow = f"Follow it: nimbus task logs -f {task['id']}"
    report(options, task, f"Task {task['id']} is {task['state']}. {follow}")
    return EXIT_OK


def _wait(api: Client, task: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """Follow a task to its end; log lines and the state go to standard error."""
    path, after = f"/api/v1/tasks/{task['id']}", 0
    with Progress(quiet=quiet) as progress:
        while True:
            task = api.get(path)
            if not quiet:
                progress.clear()
                after = _print_lines(api, path, after, sys.stderr)
            state = task["state"] + ("" if task["percent"] is None else f" {task['percent']}%")
            progress.say(f"{task['kind']} on {task['node']}: {state}")
            if task["state"] not in _OPEN:
                return task
            time.sleep(_POLL_INTERVAL_S)


def _print_lines(api: Client, path: str, after: int, stream: Any) -> int:
    for line in api.get(f"{path}/logs", after=after):
        print("\t".join(printable(part) for part in line["text"].split("\t")), file=stream)
        after = line["sequence"]
    return after


def _kinds(options: argparse.Namespace) -> None:
    show(options, client(options).get("/api/v1/tasks/kinds"), _KINDS)


def _list(options: argparse.Namespace) -> None:
    api, query = client(options), sent(_FILTERS, options)
    if options.limit < 0:
        raise UsageError("--limit must be 0 or more")

    def print_tasks() -> None:
        if 0 < options.limit <= 1000:
            tasks = api.get(_TASK.path, per_page=options.limit, **query)
        else:
            tasks = api.get_all(_TASK.path, **query)
            tasks = tasks[: options.limit] if options.limit else tasks
        show(options, tasks, _COLUMNS, empty="No tasks match." if query else _TASK.empty)

    watched(options, print_tasks)


def _cancel(options: argparse.Namespace) -> None:
    confirm(f"Cancel task {options.task}?", yes=options.yes)
    api = client(options)
    task = api.post(f"{_TASK.path_of(api, options)}/cancel")
    state = "its node was told to stop it" if task["state"] == "running" else f"it is {task['state']}"
    report(options, task, f"Task {task['id']}: {state}.")


def _logs(options: argparse.Namespace) -> None:
    api, after = client(options), 0
    path = _TASK.path_of(api, options)
    if options.output in ("json", "yaml"):
        print_data(options.output, api.get(f"{path}/logs"))
        return
    while True:
        state = api.get(path)["state"]
        after = _print_lines(api, path, after, sys.stdout)
        sys.stdout.flush()
        if not options.follow or state not in _OPEN:
            return
        time.sleep(_POLL_INTERVAL_S)
