"""`nimbus ca`: the control plane's certificate authority."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, details, print_data, show, watched

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
        "Previous", lambda ca: f"trusted too, since {ca['rotated_at'][:19]}Z (end it with: nimbus ca retire)"
    ),
    Column("  serial", lambda ca: ca["previous"]["serial"]),
    Column("  until", lambda ca: ca["previous"]["not_after"][:10]),
    Column("  SHA-256", lambda ca: ca["previous"]["fingerprint"]),
    Column("  needed by", lambda ca: _nodes(ca["dependent"])),
)
_NODES = (
    Column("NODE", "name"),
    Column("CERTIFICATE", lambda node: "of the previous" if node["certificate"] else "of the present"),
    Column("KNOWS THE PRESENT", lambda node: "yes" if node["told"] else "not yet"),
    Column("ID", "id", wide=True),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    shown = verbs.add_parser(
        "show", parents=[shared(watch=True)], help="the authority, and who depends on the one before it"
    )
    shown.set_defaults(run=_show)
    rotate = verbs.add_parser(
        "rotate", parents=[shared()], help="make a new authority; the present one stays trusted beside it"
    )
    rotate.add_argument("--alone", action="store_true", help="no other control plane runs on the database")
    rotate.add_argument("-y", "--yes", action="store_true", help="do not ask")
    rotate.set_defaults(run=_rotate)
    retire = verbs.add_parser(
        "retire", parents=[shared()], help="end the trust in the previous authority, once nobody needs it"
    )
    retire.add_argument(
        "--force", action="store_true", help="also while nodes depend on it: they are locked out"
    )
    retire.add_argument("-y", "--yes", action="store_true", help="do not ask")
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
    return f"{number} node{'' if number == 1 else 's'}" if number else "nobody"


def _rotate(options: argparse.Namespace) -> None:
    question = "Make a new certificate authority? All nodes get new certificates, by themselves."
    confirm(question, yes=options.yes)
    answer = client(options).request("POST", _PATH + "/rotations", body={"alone": options.alone})
    _print(options, answer["data"])


def _retire(options: argparse.Namespace) -> None:
    question = "End the trust in the previous authority? What it signed is refused from now on."
    confirm(question, yes=options.yes)
    query = {"force": "true"} if options.force else None
    _print(options, client(options).request("DELETE", _PATH + "/previous", query=query)["data"])
