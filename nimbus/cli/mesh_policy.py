"""`nimbus mesh policy`: who may talk to whom in the mesh of an organization."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, print_data, printable, show
from nimbus.protocol.errors import UsageError

_PATH = "/api/v1/mesh/policy"
# Counts of a preview, and what they are called.
_COUNTED = (
    ("joined", "connected"),
    ("parted", "disconnected"),
    ("widened", "with more ports"),
    ("narrowed", "with fewer ports"),
)
_NAMED = 10
_CHANGES = (
    Column("FROM", "from"),
    Column("TO", "to"),
    Column("CHANGE", "change"),
    Column("FROM OPENS", lambda change: _words(change["opens"])),
    Column("TO OPENS", lambda change: _words(change["opened"])),
    Column("RULE", "rule"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    shown = verbs.add_parser("show", parents=[shared()], help="show the policy of an organization as JSON")
    shown.set_defaults(run=_show)
    applied = verbs.add_parser("apply", parents=[shared()], help="replace the policy, if its tests pass")
    applied.add_argument("--dry-run", action="store_true", help="only show what would change")
    applied.add_argument("--yes", action="store_true", help="skip the confirmation prompt")
    applied.set_defaults(run=_apply)
    tested = verbs.add_parser(
        "test", parents=[shared()], help="show which pairs of nodes a policy would change, and how"
    )
    tested.set_defaults(run=_test)
    for verb in (shown, applied, tested):
        verb.add_argument(
            "--organization",
            metavar="ORG",
            help="name or id (default: the only one, or the one named default)",
        )
    for verb in (applied, tested):
        verb.add_argument("file", metavar="FILE", help="JSON, YAML, or TOML (.toml); - for standard input")


def _show(options: argparse.Namespace) -> None:
    shown = client(options).get(_PATH, organization=options.organization)
    if options.output in ("json", "yaml"):
        print_data(options.output, shown)
        return
    if not shown["revision"]:
        print(f"{shown['organization']} has no policy: its nodes reach each other and no others.")
        return
    print(json.dumps(shown["policy"], indent=2, ensure_ascii=False))
    _say_unable(shown["keep_no_ports"])


def _test(options: argparse.Namespace) -> None:
    api, policy = client(options), _policy(options.file)
    _print(options, api.request("POST", f"{_PATH}/test", query=_query(options), body=policy)["data"])


def _apply(options: argparse.Namespace) -> None:
    if options.dry_run:
        _test(options)
        return
    api, policy, query = client(options), _policy(options.file), _query(options)
    present = api.get(_PATH, **query)
    preview = api.request("POST", f"{_PATH}/test", query=query, body=policy)["data"]
    closes = preview["parted"] or preview["narrowed"]
    if closes or preview["keep_no_ports"]:
        _say(preview)
    if closes:
        confirm("Apply this policy?", yes=options.yes)
    # The API compares the revision alone.
    unchanged = {"If-Match": f'"{present["revision"]}-"'}
    applied = api.request("PUT", _PATH, query=query, body=policy, headers=unchanged)["data"]
    if options.output in ("json", "yaml"):
        print_data(options.output, applied)
    else:
        print(f"The policy of {printable(applied['organization'])} is now at revision {applied['revision']}.")


def _query(options: argparse.Namespace) -> dict[str, Any]:
    return {"organization": options.organization}


def _policy(file: str) -> dict[str, Any]:
    """Raises UsageError."""
    import yaml  # large, and only needed here

    text = text_of(file)
    try:
        policy = tomllib.loads(text) if file.endswith(".toml") else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read: {error}", next_step="See docs/mesh-policy.md.") from None
    if not isinstance(policy, dict):
        raise UsageError(f"{file} does not contain a policy", next_step="See docs/mesh-policy.md.")
    return policy


def _print(options: argparse.Namespace, preview: dict[str, Any]) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, preview)
        return
    show(options, preview["changes"], _CHANGES, empty="No pair of nodes would change.")
    _say(preview)


def _words(opens: list[str]) -> str:
    return " ".join(opens) or "nothing"


def _say(preview: dict[str, Any]) -> None:
    if preview["changes"]:
        counts = ", ".join(f"{preview[word]} {name}" for word, name in _COUNTED)
        print(f"Pairs of nodes: {counts}.", file=sys.stderr)
    _say_unable(preview["keep_no_ports"])


def _say_unable(unable: list[str]) -> None:
    if unable:
        print(
            "These nodes cannot close ports (older agent, or no nft), so pairs with only some ports open are"
            f" disconnected: {', '.join(map(printable, unable[:_NAMED]))}"
            + (f" and {len(unable) - _NAMED} more" if len(unable) > _NAMED else "")
            + ".",
            file=sys.stderr,
        )
