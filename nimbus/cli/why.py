"""`nimbus why A B`: why two machines of the mesh reach each other, or do not."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client
from nimbus.cli.output import print_data, printable

_MARKS = {True: "ok", False: "no", None: "--"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: default)")
    parser.add_argument("-o", "--output", choices=("table", "wide", "json", "yaml"), default="table")
    parser.add_argument("--debug", action="store_true", help="show the whole of an error")
    parser.add_argument("from_", metavar="A", help="a node, or control-plane")
    parser.add_argument("to", metavar="B", help="another one")
    parser.set_defaults(run=_why)


def _why(options: argparse.Namespace) -> int:
    """Exit status 1 when they do not reach each other."""
    query = {"from": options.from_, "to": options.to}
    told = client(options).get("/api/v1/mesh/why", **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, told)
    else:
        _print(told)
    return 1 if told["path"] == "down" else 0


def _print(told: dict[str, Any]) -> None:
    print(printable(f"{told['from']} and {told['to']}: {told['path']}. {told['summary'].capitalize()}."))
    for finding in told["findings"]:
        print(printable(f"  {_MARKS[finding['ok']]}  {finding['message']}"))
    if told["next_step"]:
        print(printable(f"Next: {told['next_step']}"))
