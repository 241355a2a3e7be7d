"""`nimbus ca`: the control plane's certificate authority."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, counted, details, print_data, show, watched

_PATH = "/api/v1/ca"
_COLUMNS = (
    Column("Authority", lambda ca: ca["current"]["subject"]),
    Column("  serial", lambda ca: ca["current"]["serial"]),
    Column("  until", lambda ca: ca["current"]["not_after"][:10]),
    Column("  SHA-256", lambda ca: ca["current"]["fingerprint"]),
    Column("Nodes", "nodes"),
)
_PREVIOUS = (
    Column(
        "Previous", lambda ca: f"also trusted, since {ca['rotated_at'][:19]}Z (end this: nimbus ca retire)"
    ),
    Column("  serial", lambda ca: ca["previous"]["serial"]),
    Column("  until", lambda ca: ca["previous"]["not_after"][:10]),
    Column("  SHA-256", lambda ca: ca["previous"]["fingerprint"]),
    Column("  needed by", lambda ca: _nodes(ca["dependent"])),
)
_NODES = (
    Column("NODE", "name"),
    Column("CERTIFICATE", lambda node: "previous" if node["certificate"] else "current"),
    Column("TRUSTS CURRENT", lambda node: "yes" if node["told"] else "not yet"),
    Column("ID", "id", wide=True),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    shown = verbs.add_parser(
        "show",
        parents=[shared(watch=True)],
        help="show the certificate authority and the nodes that still need the previous one",
    )
    shown.set_defaults(run=_show)
    rotate = verbs.add_parser(
        "rotate", parents=[shared()], help="create a new certificate authority; the current one stays trusted"
    )
    rotate.add_argument(
        "--alone", action="store_true", help="confirm that no other control plane uses the database"
    )
    rotate.add_argument("-y", "--yes", action="store_true", help="skip the confirmation prompt")
    rotate.set_defaults(run=_rotate)
    retire = verbs.add_parser(
        "retire", parents=[shared()], help="stop trusting the previous authority, once no node needs it"
    )
    retire.add_argument("--force", action="store_true", help="even if nodes still need it: they lose access")
    retire.add_argument("-y", "--yes", action="store_true", help="skip the confirmation prompt")
    retire.set_defaults(run=_retire)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: _print(options, api.get(_PATH)))


def _print(options: argparse.Namespace, ca: dict[str, Any]) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, ca)
        return
    details(options, ca, (*_COLUMNS, *(_PREVIOUS if ca["previous"] else ())))
    if ca["dependent_nodes"]:
        print()
        show(options, ca["dependent_nodes"], _NODES)
        more = ca["dependent"] - len(ca["dependent_nodes"])
        if more > 0:
            print(f"and {more} more")


def _nodes(number: int) -> str:
    return counted(number, "node") if number else "no node"


def _rotate(options: argparse.Namespace) -> None:
    question = "Create a new certificate authority? All nodes get new certificates automatically."
    confirm(question, yes=options.yes)
    answer = client(options).request("POST", _PATH + "/rotations", body={"alone": options.alone})
    _print(options, answer["data"])


def _retire(options: argparse.Namespace) -> None:
    question = "Stop trusting the previous authority? Certificates that it signed are refused from now on."
    confirm(question, yes=options.yes)
    query = {"force": "true"} if options.force else None
    _print(options, client(options).request("DELETE", _PATH + "/previous", query=query)["data"])
