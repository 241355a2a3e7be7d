"""`nimbus organization`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli import deletion
from nimbus.cli.options import client, key_values, label_changes, shared
from nimbus.cli.output import Column, age, details, show, watched
from nimbus.cli.references import given, labels_text
from nimbus.client.client import segment
from nimbus.protocol.errors import UsageError

_BASE = "/api/v1/organizations"
_COLUMNS = (
    Column("NAME", lambda o: o["name"]),
    Column("DESCRIPTION", lambda o: o["description"]),
    Column("CROSS-WORKSPACE", lambda o: o["cross_workspace_visibility"]),
    Column("CREATED", lambda o: age(o["created_at"])),
    Column("LABELS", lambda o: labels_text(o["labels"])),
    Column("ID", lambda o: o["id"], wide=True),
)
_DETAILS = (
    Column("Name", lambda o: o["name"]),
    Column("Id", lambda o: o["id"]),
    Column("Description", lambda o: o["description"]),
    Column("Cross-workspace visibility", lambda o: o["cross_workspace_visibility"]),
    Column("Labels", lambda o: labels_text(o["labels"])),
    Column("Created", lambda o: o["created_at"]),
    Column("Changed", lambda o: o["updated_at"]),
    Column("Revision", lambda o: o["revision"]),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    listing = verbs.add_parser("list", parents=[shared(watch=True)], help="list organizations")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only those with this label")
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show", parents=[shared(watch=True)], help="show an organization")
    one.add_argument("organization", help="name or id")
    one.set_defaults(run=_show)

    create = verbs.add_parser("create", parents=[shared()], help="make an organization")
    create.add_argument("name")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")
    _add_fields(create)
    create.set_defaults(run=_create)

    update = verbs.add_parser("update", parents=[shared()], help="rename, describe or label an organization")
    update.add_argument("organization", help="name or id")
    update.add_argument("--rename", metavar="NAME", help="another name")
    update.add_argument(
        "--label", action="append", metavar="KEY=VALUE|KEY-", help="KEY- takes the label away"
    )
    _add_fields(update)
    update.set_defaults(run=_update)

    delete = verbs.add_parser("delete", parents=[shared()], help="delete an organization")
    delete.add_argument("organization", help="name or id")
    deletion.add_options(delete)
    delete.set_defaults(run=_delete)


def _add_fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--description", metavar="TEXT", help="what it is for")
    parser.add_argument(
        "--cross-workspace-visibility",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether who may read in one workspace may read in all of them",
    )


def _list(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        show(
            options,
            api.get_all(_BASE, label=options.label),
            _COLUMNS,
            empty="There is no such organization that you may see. Make one with: nimbus organization create NAME",
        )

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    watched(options, lambda: details(options, api.get(_path(options)), _DETAILS))


def _create(options: argparse.Namespace) -> None:
    body = {"name": options.name, "labels": key_values(options.label, "--label"), **_fields(options)}
    show(options, client(options).post(_BASE, body), _COLUMNS)


def _update(options: argparse.Namespace) -> None:
    labels = label_changes(options.label, "--label") or None
    body = given(name=options.rename, labels=labels, **_fields(options))
    if not body:
        raise UsageError("nothing to change was given", next_step="See: nimbus organization update --help")
    show(options, client(options).patch(_path(options), body), _COLUMNS)


def _fields(options: argparse.Namespace) -> dict[str, Any]:
    visible = options.cross_workspace_visibility
    return given(description=options.description, cross_workspace_visibility=visible)


def _delete(options: argparse.Namespace) -> None:
    deletion.delete(options, client(options), _path(options), "organization", options.organization)


def _path(options: argparse.Namespace) -> str:
    return f"{_BASE}/{segment(options.organization)}"
