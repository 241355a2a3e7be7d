"""`nimbus operation`."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from nimbus.cli.noun import PARAMETERS, YES, Field, Noun, sent, verbs_of
from nimbus.cli.options import client, confirm
from nimbus.cli.output import Column, age, counted, details, report, show, watched
from nimbus.cli.progress import Progress
from nimbus.client.client import Client
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK

_POLL_INTERVAL_S = 0.5
_COLUMNS = (
    Column("ID", "id"),
    Column("NAME", "name"),
    Column("KIND", "kind"),
    Column("STATE", "state"),
    Column("DONE", lambda o: f"{o['percent']}%", right=True),
    Column("STEPS", lambda o: o["counts"]["total"], right=True),
    Column("FAILED", lambda o: o["counts"]["failed"] or None, right=True),
    Column("CREATED", lambda o: age(o["created_at"])),
    Column("BY", "created_by", wide=True),
    Column("WORKSPACE", "workspace", wide=True),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS),
    Column("Parameters", lambda o: json.dumps(o["parameters"]) if o["parameters"] else None),
)
_STEPS = (
    Column("STEP", "name"),
    Column("NODE", "node"),
    Column("STATE", "state"),
    Column("DONE", lambda s: None if s["percent"] is None else f"{s['percent']}%", right=True),
    Column("WHY", lambda s: s["error"]["message"] if s["error"] else s["held"] or None),
    Column("TASK", "task_id"),
)
_PLANNED = (
    Column("STEP", "name"),
    Column("NODE", "node"),
    Column("WAVE", lambda s: s["wave"] + 1, right=True),
    Column("AFTER", lambda s: ", ".join(s["needs"])),
    Column("UNDO", "undo"),
    Column("NOW", lambda s: s["held"] or None),
)
_ENDS = ("succeeded", "failed", "cancelled")
_VERBS = {"undo": "cancel --undo"}


_OPERATION = Noun(
    name="operation",
    path="/api/v1/operations",
    columns=_COLUMNS,
    empty="No operations yet. Create one: nimbus operation create NAME --kind KIND --label KEY=VALUE",
    reference="its id",
    scoped=True,
)
_NEW = (
    Field("name", help="name"),
    Field("--kind", required=True, help="kind of task, see: nimbus task kinds"),
    Field("--node", "nodes", action="append", metavar="NODE", help="node name or id, can be repeated"),
    Field("--label", metavar="KEY=VALUE", help="all nodes with this label"),
    PARAMETERS,
    Field(
        "--at-once",
        type=int,
        metavar="N",
        help="number of nodes at the same time; 0 for all (default: the kind's)",
    ),
    Field(
        "--canaries",
        type=int,
        metavar="N",
        help="number of nodes to try first; the rest follows if none fails",
    ),
    Field(
        "--failure-budget",
        type=int,
        metavar="N",
        help="number of nodes that can fail before the rest is not started",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _OPERATION.verb(verbs, "create", "run a task on several nodes", _create, *_NEW, of_one=False)
    create.add_argument("--plan", action="store_true", help="show the steps without starting them")
    create.add_argument("--wait", action="store_true", help="wait until it ends")
    _OPERATION.list(verbs, "list operations, newest first")
    _OPERATION.verb(verbs, "show", "show an operation and its steps", _show, watch=True)
    _OPERATION.verb(verbs, "pause", "pause an operation; tasks that are running continue", _pause)
    _OPERATION.verb(verbs, "resume", "resume an operation, and retry what failed or was cancelled", _resume)
    cancel = _OPERATION.verb(verbs, "cancel", "cancel an operation", _cancel, YES)
    cancel.add_argument("--undo", action="store_true", help="undo what was done, last step first")


def _create(options: argparse.Namespace) -> int:
    api = client(options)
    body = {**sent(_NEW, options), "workspace": api.workspace}
    if options.plan:
        _print_plan(options, api.post(f"{_OPERATION.path}/plan", body))
        return EXIT_OK
    return follow(options, api, api.post(_OPERATION.path, body), wait=options.wait)


def follow(options: argparse.Namespace, api: Client, operation: dict[str, Any], *, wait: bool) -> int:
    """Say that it runs, or wait for its end; the exit status. Also for what other commands begin."""
    if wait:
        operation = _wait(api, operation, quiet=options.output in ("json", "yaml"))
        _print(options, operation)
        return EXIT_OK if operation["state"] == "succeeded" else EXIT_FAILED
    report(
        options,
        operation,
        f"Operation {operation['id']} started with {counted(operation['counts']['total'], 'step')}."
        f" Follow it: nimbus operation show --watch {operation['id']}",
    )
    return EXIT_OK


def _wait(api: Client, operation: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    with Progress(quiet=quiet) as progress:
        while True:
            operation = api.get(f"{_OPERATION.path}/{operation['id']}")
            progress.say(f"{operation['name']}: {_how_far(operation)}")
            if operation["state"] in _ENDS:
                return operation
            time.sleep(_POLL_INTERVAL_S)


def _how_far(operation: dict[str, Any]) -> str:
    """What runs now, as far as a line has room for it."""
    counts = operation["counts"]
    over = counts["total"] - counts["queued"] - counts["running"]
    busy = [step["name"] for step in operation["steps"] if step["state"] in ("running", "undoing")]
    now = f": {', '.join(busy[:3])}{' ...' if len(busy) > 3 else ''}" if busy else ""
    state = "" if operation["state"] == "running" else f", {operation['state']}"
    return f"{operation['percent']}%, {over} of {counts['total']} steps{state}{now}"


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: _print(options, api.get(_OPERATION.path_of(api, options))))


def _pause(options: argparse.Namespace) -> None:
    api = client(options)
    _print(options, api.post(f"{_OPERATION.path_of(api, options)}/pause"))


def _resume(options: argparse.Namespace) -> None:
    api = client(options)
    _print(options, api.post(f"{_OPERATION.path_of(api, options)}/resume"))


def _cancel(options: argparse.Namespace) -> None:
    question = f"Cancel operation {options.operation}?"
    if options.undo:
        question = f"Cancel operation {options.operation} and undo what it did?"
    confirm(question, yes=options.yes)
    api = client(options)
    _print(options, api.post(f"{_OPERATION.path_of(api, options)}/cancel", {"undo": options.undo}))


def _print(options: argparse.Namespace, operation: dict[str, Any]) -> None:
    details(options, operation, _DETAILS)
    if options.output in ("json", "yaml"):
        return
    print()
    show(options, operation["steps"], _STEPS)
    if operation["can"]:
        verbs = ", ".join(_VERBS.get(verb, verb) for verb in operation["can"])
        print(f"\nNext: nimbus operation {verbs}")


def _numbered(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With waves counted from the first that there is: without canaries it is the API's second."""
    first = min((step["wave"] for step in steps), default=0)
    return [{**step, "wave": step["wave"] - first} for step in steps]


def _print_plan(options: argparse.Namespace, plan: dict[str, Any]) -> None:
    if options.output in ("json", "yaml"):
        show(options, plan, _PLANNED)
        return
    show(options, _numbered(plan["steps"]), _PLANNED)
    turns = (
        f"{counted(plan['at_once'], 'node')} at a time"
        if plan["at_once"]
        else "All nodes of a wave at the same time"
    )
    budget = f"{counted(plan['failure_budget'], 'node')} can fail before the rest is not started"
    if not plan["failure_budget"]:
        budget = "the rest is not started when one fails"
    print(f"\n{turns}; {budget}. Nothing was started: run it without --plan to start.")
