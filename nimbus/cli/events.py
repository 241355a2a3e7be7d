"""`nimbus events`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from nimbus.cli.options import ROW_FORMS, client
from nimbus.cli.output import Column, colourful, print_csv, print_data, show, table
from nimbus.client.client import Client, segment
from nimbus.kernel.sentences import of_event, plain
from nimbus.protocol.errors import NimbusError, UsageError

_PATH = "/api/v1/events"
WAIT_S = 25
RETRY_S = 2.0
_COLUMNS = (
    Column("TIME", lambda e: e["at"][:19] + "Z"),
    Column("WHAT", lambda e: plain(of_event(e))),
    Column("EVENT", "kind", wide=True),
    Column(
        "DATA", lambda e: ", ".join(f"{key}={_short(value)}" for key, value in e["data"].items()), wide=True
    ),
    Column("CURSOR", "cursor", wide=True, right=True),
    Column("WORKSPACE", "workspace_id", wide=True),
    Column("ID", lambda e: e["resource"]["id"], wide=True),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.add_argument(
        "-o",
        "--output",
        choices=ROW_FORMS,
        default="table",
        help="output format; csv has the columns of wide",
    )
    parser.add_argument(
        "--follow", "-f", action="store_true", help="print new events as they happen, until Ctrl-C"
    )
    parser.add_argument("--after", type=int, metavar="CURSOR", help="events after this cursor, oldest first")
    parser.add_argument("--kind", help="only this type, such as node.state, or a whole kind: 'task.*'")
    parser.add_argument(
        "--resource-kind", metavar="KIND", help="only this kind of resource: node, task, role ..."
    )
    parser.add_argument("--resource", metavar="NAME", help="only this resource, by name or id")
    parser.add_argument("--node", metavar="NAME", help="only this node, its tasks and join tokens")
    parser.add_argument("-w", "--workspace", metavar="NAME", help="only this workspace")
    parser.add_argument("--limit", type=int, default=50, help="number of events, 1 to 1000 (default: 50)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    if not 1 <= options.limit <= 1000:
        raise UsageError("--limit must be from 1 to 1000")
    api = client(options)
    filters = {name: getattr(options, name) for name in ("kind", "resource_kind", "resource", "workspace")}
    if options.node:
        filters["node"] = api.get(f"/api/v1/nodes/{segment(options.node)}")["id"]
    answer = api.request("GET", _PATH, query={**filters, "after": options.after, "per_page": options.limit})
    events = answer["data"]
    if answer["meta"]["reset"]:
        print(
            "Events after that cursor were deleted. Run without --after to see the newest.", file=sys.stderr
        )
    if options.after is None:
        # Newest first it comes; on a terminal one reads down.
        events = events[::-1] if options.follow or options.output in ("table", "wide") else events
    if not options.follow:
        show(options, events, _COLUMNS, empty="No events match.")
        return
    printer = _Printer(options.output)
    printer.print(events)
    _follow(api, filters, answer["meta"]["cursor"], printer)


def _follow(api: Client, filters: dict[str, Any], cursor: int, printer: _Printer) -> None:
    """Until Ctrl-C; while the control plane restarts it is asked again."""
    while True:
        try:
            answer = api.request(
                "GET", _PATH, query={**filters, "after": cursor, "wait": WAIT_S, "per_page": 1000}
            )
        except NimbusError as error:
            if error.code not in ("UNREACHABLE", "UNAVAILABLE", "RATE_LIMITED"):
                raise
            print(error.line(), file=sys.stderr)
            time.sleep(RETRY_S)
            continue
        if answer["meta"]["reset"]:
            print("Some events were missed. Continuing from now.", file=sys.stderr)
        printer.print(answer["data"])
        cursor = answer["meta"]["cursor"]


class _Printer:
    """Events as they come: rows under one heading, or an object on each line."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._headed = False
        self._columns = [column for column in _COLUMNS if form == "wide" or not column.wide]

    def print(self, events: list[dict[str, Any]]) -> None:
        if not events:
            return
        if self._form == "json":
            print("\n".join(json.dumps(event, ensure_ascii=False) for event in events))
        elif self._form == "yaml":
            print_data("yaml", events)
        elif self._form == "csv":
            print_csv(events, _COLUMNS, heading=not self._headed)
            self._headed = True
        else:
            text = table(events, self._columns, colour=colourful())
            print(text.partition("\n")[2] if self._headed else text)
            self._headed = True
        sys.stdout.flush()


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
