"""`nimbus operation`."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, age, details, print_data, show, watched
from nimbus.cli.progress import Progress
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import EXIT_FAILED, EXIT_OK

_BASE = "/api/v1/operations"
_POLL_INTERVAL_S = 0.5
_COLUMNS = (
    Column("ID", lambda o: o["id"]),
    Column("NAME", lambda o: o["name"]),
    Column("KIND", lambda o: o["kind"]),
    Column("STATE", lambda o: o["state"]),
    Column("DONE", lambda o: f"{o['percent']}%", right=True),
    Column("NODES", lambda o: o["counts"]["total"], right=True),
    Column("FAILED", lambda o: o["counts"]["failed"] or None, right=True),
    Column("CREATED", lambda o: age(o["created_at"])),
    Column("BY", lambda o: o["created_by"], wide=True),
    Column("WORKSPACE", lambda o: o["workspace"], wide=True),
)
_DETAILS = (
    *(Column(c.title.capitalize(), c.value) for c in _COLUMNS),
    Column("Parameters", lambda o: json.dumps(o["parameters"]) if o["parameters"] else None),
)
_TASKS = (
    Column("NODE", lambda t: t["node"]),
    Column("STATE", lambda t: t["state"]),
    Column("DONE", lambda t: None if t["percent"] is None else f"{t['percent']}%", right=True),
    Column("ERROR", lambda t: t["error"]["message"] if t["error"] else None),
    Column("ID", lambda t: t["id"]),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    create = verbs.add_parser(
        "create", parents=[shared(workspace=True)], help="give several nodes the same task"
    )
    create.add_argument("name", help="what to call it")
    create.add_argument("--kind", required=True, help="what to do, see: nimbus task kinds")
    create.add_argument("--node", action="append", metavar="NODE", help="name or id; may be repeated")
    create.add_argument("--label", default="", metavar="KEY=VALUE", help="the nodes that carry this label")
    create.add_argument("--param", action="append", metavar="KEY=VALUE", help="parameter; may be repeated")
    create.add_argument("--wait", action="store_true", help="wait for the end")
    create.set_defaults(run=_create)

    listing = verbs.add_parser(
        "list", parents=[shared(watch=True, workspace=True)], help="list operations, newest first"
    )
    listing.set_defaults(run=_list)

    one = verbs.add_parser(
        "show", parents=[shared(watch=True, workspace=True)], help="show one, with its tasks"
    )
    one.add_argument("operation", help="its id")
    one.set_defaults(run=_show)

    cancel = verbs.add_parser("cancel", parents=[shared(workspace=True)], help="cancel what is open of one")
    cancel.add_argument("operation", help="its id")
    cancel.add_argument("--yes", action="store_true", help="do not ask")
    cancel.set_defaults(run=_cancel)


def _create(options: argparse.Namespace) -> int:
    from nimbus.cli.task import value_of

    api = client(options)
    body = {
        "name": options.name,
        "kind": options.kind,
        "nodes": options.node or [],
        "label": options.label,
        "parameters": {key: value_of(text) for key, text in key_values(options.param, "--param").items()},
        "workspace": api.workspace,
    }
    made = api.post(_BASE, body)
    if options.wait:
        made = _wait(api, made, quiet=options.output in ("json", "yaml"))
    if options.output in ("json", "yaml"):
        print_data(options.output, made)
    elif options.wait:
        _print(options, made)
    else:
        print(
            f"Operation {made['id']} runs on {made['counts']['total']} nodes."
            f" Follow it with: nimbus operation show --watch {made['id']}"
        )
    return EXIT_OK if not options.wait or made["state"] == "succeeded" else EXIT_FAILED


def _wait(api: Client, made: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    with Progress(quiet=quiet) as progress:
        while True:
            made = api.get(f"{_BASE}/{made['id']}")
            progress.say(f"{made['name']}: {made['percent']}% on {made['counts']['total']} nodes")
            if made["state"] != "running":
                return made
            time.sleep(_POLL_INTERVAL_S)


def _list(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: show(options, api.get_all(_BASE), _COLUMNS, empty="There is no operation yet."))


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: _print(options, api.get(f"{_BASE}/{segment(options.operation)}")))


def _cancel(options: argparse.Namespace) -> None:
    confirm(f"Cancel operation {options.operation}?", yes=options.yes)
    _print(options, client(options).post(f"{_BASE}/{segment(options.operation)}/cancel"))


def _print(options: argparse.Namespace, found: dict[str, Any]) -> None:
    details(options, found, _DETAILS)
    if options.output not in ("json", "yaml"):
        print()
        show(options, found["tasks"], _TASKS)
