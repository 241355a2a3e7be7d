"""`nimbus operation`."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from nimbus.cli.noun import PARAMETERS, YES, Field, Noun, sent, verbs_of
from nimbus.cli.options import client, confirm
from nimbus.cli.output import Column, age, details, report, show, watched
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
    Column("NODES", lambda o: o["counts"]["total"], right=True),
    Column("FAILED", lambda o: o["counts"]["failed"] or None, right=True),
    Column("CREATED", lambda o: age(o["created_at"])),
    Column("BY", "created_by", wide=True),
    Column("WORKSPACE", "workspace", wide=True),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS),
    Column("Parameters", lambda o: json.dumps(o["parameters"]) if o["parameters"] else None),
)
_TASKS = (
    Column("NODE", "node"),
    Column("STATE", "state"),
    Column("DONE", lambda t: None if t["percent"] is None else f"{t['percent']}%", right=True),
    Column("ERROR", lambda t: t["error"]["message"] if t["error"] else None),
    Column("ID", "id"),
)


_OPERATION = Noun(
    name="operation",
    path="/api/v1/operations",
    columns=_COLUMNS,
    empty="There is no operation yet.",
    reference="its id",
    scoped=True,
)
_NEW = (
    Field("name", help="what to call it"),
    Field("--kind", required=True, help="what to do, see: nimbus task kinds"),
    Field("--node", "nodes", action="append", metavar="NODE", help="name or id; may be repeated"),
    Field("--label", metavar="KEY=VALUE", help="the nodes that carry this label"),
    PARAMETERS,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _OPERATION.verb(
        verbs, "create", "give several nodes the same task", _create, *_NEW, of_one=False
    ).add_argument("--wait", action="store_true", help="wait for the end")
    _OPERATION.list(verbs, "list operations, newest first")
    _OPERATION.verb(verbs, "show", "show one, with its tasks", _show, watch=True)
    _OPERATION.verb(verbs, "cancel", "cancel what is open of one", _cancel, YES)


def _create(options: argparse.Namespace) -> int:
    api = client(options)
    operation = api.post(_OPERATION.path, {**sent(_NEW, options), "workspace": api.workspace})
    if options.wait:
        operation = _wait(api, operation, quiet=options.output in ("json", "yaml"))
        _print(options, operation)
        return EXIT_OK if operation["state"] == "succeeded" else EXIT_FAILED
    report(
        options,
        operation,
        f"Operation {operation['id']} runs on {operation['counts']['total']} nodes."
        f" Follow it with: nimbus operation show --watch {operation['id']}",
    )
    return EXIT_OK


def _wait(api: Client, operation: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    with Progress(quiet=quiet) as progress:
        while True:
            operation = api.get(f"{_OPERATION.path}/{operation['id']}")
            where = f"{operation['percent']}% on {operation['counts']['total']} nodes"
            progress.say(f"{operation['name']}: {where}")
            if operation["state"] != "running":
                return operation
            time.sleep(_POLL_INTERVAL_S)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: _print(options, api.get(_OPERATION.path_of(api, options))))


def _cancel(options: argparse.Namespace) -> None:
    confirm(f"Cancel operation {options.operation}?", yes=options.yes)
    api = client(options)
    _print(options, api.post(f"{_OPERATION.path_of(api, options)}/cancel"))


def _print(options: argparse.Namespace, operation: dict[str, Any]) -> None:
    details(options, operation, _DETAILS)
    if options.output not in ("json", "yaml"):
        print()
        show(options, operation["tasks"], _TASKS)
