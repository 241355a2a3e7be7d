"""`nimbus task`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show, watched
from nimbus.cli.progress import Progress
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK, UsageError

_OPEN = ("queued", "running")
_POLL_INTERVAL_S = 0.2
_COLUMNS = (
    Column("ID", lambda t: t["id"]),
    Column("NODE", lambda t: t["node"]),
    Column("KIND", lambda t: t["kind"]),
    Column("STATE", lambda t: t["state"]),
    Column("TRY", lambda t: f"{t['attempt']}/{t['max_attempts']}", right=True),
    Column("DONE", lambda t: None if t["percent"] is None else f"{t['percent']}%", right=True),
    Column("CREATED", lambda t: age(t["created_at"])),
    Column("BY", lambda t: t["created_by"], wide=True),
    Column("ERROR", lambda t: t["error"]["message"] if t["error"] else None),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS),
    Column("Parameters", lambda t: json.dumps(t["parameters"]) if t["parameters"] else None),
    Column("Retry of", lambda t: t["retry_of"]),
    Column("Operation", lambda t: t["operation_id"]),
    Column("Depends on", lambda t: ", ".join(t["depends_on"])),
    Column("Started", lambda t: t["started_at"]),
    Column("Finished", lambda t: t["finished_at"]),
    Column("Result", lambda t: None if t["result"] is None else json.dumps(t["result"])),
    Column("Cut", lambda t: "the result was too large and was cut" if t["truncated"] else None),
)

_KINDS = (
    Column("KIND", lambda k: k["name"]),
    Column("PARAMETERS", lambda k: ", ".join(k["parameters"].get("properties", {}))),
    Column("TIMEOUT", lambda k: f"{k['timeout_s']}s", right=True),
    Column("TRIES", lambda k: k["max_attempts"], right=True),
    Column("WHAT", lambda k: k["summary"]),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    create = verbs.add_parser("create", parents=[shared(workspace=True)], help="give a node a task")
    create.add_argument("--node", required=True, help="name or id")
    create.add_argument("--kind", required=True, help="what to do, see: nimbus task kinds")
    create.add_argument("--param", action="append", metavar="KEY=VALUE", help="parameter; may be repeated")
    create.add_argument("--timeout", type=int, metavar="S", help="seconds for one attempt")
    create.add_argument("--attempts", type=int, metavar="N", help="attempts at most")
    create.add_argument("--after", action="append", metavar="TASK", help="run when that task has succeeded")
    create.add_argument("--wait", action="store_true", help="wait for the end and show its log meanwhile")
    create.set_defaults(run=_create)

    kinds = verbs.add_parser("kinds", parents=[shared()], help="the kinds of tasks, and what each takes")
    kinds.set_defaults(run=_kinds)

    listing = verbs.add_parser(
        "list", parents=[shared(watch=True, workspace=True)], help="list tasks, newest first"
    )
    listing.add_argument("--node", help="only of this node")
    listing.add_argument("--state", choices=(*_OPEN, "succeeded", "failed", "cancelled"))
    listing.add_argument("--kind")
    listing.add_argument("--operation", metavar="ID", help="only of this operation")
    listing.add_argument("--limit", type=int, default=50, help="at most this many (default: 50, 0: all)")
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show", parents=[shared(watch=True, workspace=True)], help="show one task")
    one.add_argument("task")
    one.set_defaults(run=_show)

    cancel = verbs.add_parser("cancel", parents=[shared(workspace=True)], help="cancel a task")
    cancel.add_argument("task")
    cancel.add_argument("--yes", action="store_true", help="do not ask")
    cancel.set_defaults(run=_cancel)

    retry = verbs.add_parser(
        "retry", parents=[shared(workspace=True)], help="try a task again that failed or was cancelled"
    )
    retry.add_argument("task")
    retry.add_argument("--wait", action="store_true", help="wait for the end and show its log meanwhile")
    retry.set_defaults(run=_retry)

    logs = verbs.add_parser("logs", parents=[shared(workspace=True)], help="show the log lines of a task")
    logs.add_argument("task")
    logs.add_argument("--follow", "-f", action="store_true", help="until the task ends")
    logs.set_defaults(run=_logs)


def _create(options: argparse.Namespace) -> int:
    api = client(options)
    body: dict[str, Any] = {
        "node": options.node,
        "kind": options.kind,
        "parameters": {key: value_of(text) for key, text in key_values(options.param, "--param").items()},
        "depends_on": options.after or [],
        "workspace": api.workspace,
    }
    if options.timeout is not None:
        body["timeout_s"] = options.timeout
    if options.attempts is not None:
        body["max_attempts"] = options.attempts
    return _made(options, api, api.post("/api/v1/tasks", body))


def _retry(options: argparse.Namespace) -> int:
    api = client(options)
    return _made(options, api, api.post(f"/api/v1/tasks/{segment(options.task)}/retry"))


def _made(options: argparse.Namespace, api: Client, task: dict[str, Any]) -> int:
    if options.wait:
        task = _wait(api, task, quiet=options.output in ("json", "yaml"))
    if options.output in ("json", "yaml"):
        print_data(options.output, task)
    elif options.wait:
        details(options, task, _DETAILS)
    else:
        print(f"Task {task['id']} is {task['state']}. Follow it with: nimbus task logs -f {task['id']}")
    return EXIT_OK if not options.wait or task["state"] == "succeeded" else EXIT_FAILED


def value_of(text: str) -> Any:
    """A parameter is JSON when it reads as JSON (numbers, true, lists), else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


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
    api = client(options)
    if options.limit < 0:
        raise UsageError("--limit must be 0 or more")

    def once() -> None:
        query = {
            "node": options.node,
            "state": options.state,
            "kind": options.kind,
            "operation": options.operation,
        }
        if 0 < options.limit <= 1000:
            tasks = api.get("/api/v1/tasks", per_page=options.limit, **query)
        else:
            tasks = api.get_all("/api/v1/tasks", **query)
            tasks = tasks[: options.limit] if options.limit else tasks
        show(options, tasks, _COLUMNS, empty="There is no such task.")

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: details(options, api.get(f"/api/v1/tasks/{segment(options.task)}"), _DETAILS))


def _cancel(options: argparse.Namespace) -> None:
    confirm(f"Cancel task {options.task}?", yes=options.yes)
    task = client(options).post(f"/api/v1/tasks/{segment(options.task)}/cancel")
    if options.output in ("json", "yaml"):
        print_data(options.output, task)
    else:
        told = "its node is told to stop" if task["state"] == "running" else f"it is {task['state']}"
        print(f"Task {task['id']}: {told}.")


def _logs(options: argparse.Namespace) -> None:
    api, path, after = client(options), f"/api/v1/tasks/{segment(options.task)}", 0
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
