"""Deleting what holds other things: the preview, the question, the report."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.noun import YES, Field, Noun
from nimbus.cli.options import client, confirm
from nimbus.cli.output import printable, report

SHOWN_NAMES = 5
_CASCADE = Field(
    "--cascade",
    action="store_true",
    help="also delete everything inside",
    value=lambda wanted: "true" if wanted else None,
)
_DRY_RUN = Field(
    "--dry-run",
    action="store_true",
    help="only show what would be deleted",
    value=lambda wanted: "true" if wanted else None,
)


def add_delete(noun: Noun, verbs: Any, summary: str) -> None:
    def run(options: argparse.Namespace) -> None:
        api = client(options)
        path = noun.path_of(api, options)

        def delete(**query: str) -> dict[str, Any]:
            answer: dict[str, Any] = api.request("DELETE", path, query=query)["data"]
            return answer

        query = {"cascade": "true"} if options.cascade else {}
        if options.dry_run:
            preview = delete(**query, dry_run="true")
            report(options, preview, _sentence(noun.name, preview))
            return
        inside = ""
        if options.cascade and not options.yes:
            preview = delete(**query, dry_run="true")
            inside = f" This also deletes {_contents(preview)}." if preview["contents"] else ""
        confirm(f"Delete {noun.name} {printable(noun.named(options))}?{inside}", yes=options.yes)
        deletion = delete(**query)
        report(options, deletion, _sentence(noun.name, deletion))

    noun.verb(verbs, "delete", summary, run, _CASCADE, _DRY_RUN, YES)


def _sentence(noun: str, deletion: dict[str, Any]) -> str:
    named, contents = f"{noun.capitalize()} {printable(deletion['name'])}", deletion["contents"]
    if deletion["deleted"]:
        return f"{named} deleted{', with:' + _lines(contents) if contents else '.'}"
    if contents:
        return f"{named} contains:{_lines(contents)}\nTo delete it with everything inside, add --cascade."
    return f"{named} is empty and would be deleted."


def _lines(contents: list[dict[str, Any]]) -> str:
    return "".join(f"\n  {_occupants(kind)}" for kind in contents)


def _contents(deletion: dict[str, Any]) -> str:
    return "; ".join(_occupants(kind) for kind in deletion["contents"])


def _occupants(inside: dict[str, Any]) -> str:
    """Grants have no names of their own: they come with the kind of whom each is for."""
    kind = inside["kind"].removesuffix("s") + ("" if inside["count"] == 1 else "s")
    shown = [printable(name) for name in inside["names"][:SHOWN_NAMES]]
    if inside["kind"] == "grants" or not shown:
        return f"{inside['count']} {kind}"
    more = ", ..." if inside["count"] > len(shown) else ""
    return f"{inside['count']} {kind}: {', '.join(shown)}{more}"
