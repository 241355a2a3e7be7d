"""`nimbus why A B`: why two machines of the mesh reach each other, or do not."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client
from nimbus.cli.output import print_data, printable
from nimbus.protocol.errors import UsageError

_MARKS = {True: "ok", False: "no", None: "--"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", metavar="NAME", help="profile to use (default: the current one)")
    parser.add_argument(
        "-o", "--output", choices=("table", "wide", "json", "yaml"), default="table", help="output format"
    )
    parser.add_argument("--debug", action="store_true", help="show the full traceback of an error")
    parser.add_argument("from_", metavar="A", help="a node, or control-plane")
    parser.add_argument("to", metavar="B", help="a second node, or control-plane")
    parser.set_defaults(run=_why)


def _why(options: argparse.Namespace) -> int:
    """Exit status 1 when they do not reach each other."""
    if options.from_ == options.to:
        raise UsageError(f"A and B are the same, {printable(options.to)}", next_step="Name two machines.")
    query = {"from": options.from_, "to": options.to}
    explanation = client(options).get("/api/v1/mesh/why", **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, explanation)
    else:
        _print(explanation)
    return 1 if explanation["path"] == "down" else 0


def _print(explanation: dict[str, Any]) -> None:
    pair = f"{explanation['from']} and {explanation['to']}"
    print(printable(f"{pair}: {explanation['path']}. {_sentence(explanation)}"))
    for finding in explanation["findings"]:
        print(printable(f"  {_MARKS[finding['ok']]}  {finding['message']}"))
    if explanation["next_step"]:
        print(printable(f"Next: {explanation['next_step']}"))


def _sentence(explanation: dict[str, Any]) -> str:
    """The summary, with its names as they are, at the beginning too."""
    summary = f"{explanation['summary']}."
    if summary.split()[0] in (explanation["from"], explanation["to"]):
        return summary
    return summary[:1].upper() + summary[1:]
