"""Deleting what holds other things: the preview, the question, the report."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import confirm
from nimbus.cli.output import print_data, printable
from nimbus.client.client import Client


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cascade", action="store_true", help="delete what is inside too")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be deleted")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def delete(options: argparse.Namespace, api: Client, path: str, noun: str, name: str) -> None:
    query = {"cascade": "true"} if options.cascade else {}
    if options.dry_run:
        _tell(options, api.request("DELETE", path, query={**query, "dry_run": "true"})["data"], noun)
        return
    inside = ""
    if options.cascade and not options.yes:
        preview = api.request("DELETE", path, query={"cascade": "true", "dry_run": "true"})["data"]
        inside = f" With it: {_contents(preview)}." if preview["contents"] else ""
    confirm(f"Delete the {noun} {printable(name)}?{inside}", yes=options.yes)
    _tell(options, api.request("DELETE", path, query=query)["data"], noun)


def _tell(options: argparse.Namespace, gone: dict[str, Any], noun: str) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
        return
    contents = _contents(gone)
    if gone["deleted"]:
        print(f"The {noun} {printable(gone['name'])} is deleted{', with ' + contents if contents else ''}.")
    elif contents:
        print(f"The {noun} {printable(gone['name'])} holds {contents}. Deleting it takes --cascade.")
    else:
        print(f"The {noun} {printable(gone['name'])} is empty and would be deleted.")


def _contents(deletion: dict[str, Any]) -> str:
    return ", ".join(_occupants(one) for one in deletion["contents"])


def _occupants(one: dict[str, Any]) -> str:
    names = ", ".join(printable(name) for name in one["names"])
    more = ", ..." if one["count"] > len(one["names"]) else ""
    kind = one["kind"].removesuffix("s") + ("" if one["count"] == 1 else "s")
    return f"{one['count']} {kind} ({names}{more})" if names else f"{one['count']} {kind}"
