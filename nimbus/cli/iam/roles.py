"""`nimbus iam create-role|list-roles|show-role|update-role|delete-role`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client, confirm, key_values, label_changes, shared
from nimbus.cli.output import Column, details, print_data, printable, show, watched
from nimbus.cli.references import given, labels_text, path_in_organization
from nimbus.client.client import Client
from nimbus.protocol.errors import UsageError

_BASE = "/api/v1/roles"
_COLUMNS = (
    Column("NAME", lambda r: r["name"]),
    Column("ORGANIZATION", lambda r: r["organization"] or "(built in)"),
    Column("PERMISSIONS", lambda r: len(r["permissions"]), right=True),
    Column("DESCRIPTION", lambda r: r["description"]),
    Column("LABELS", lambda r: labels_text(r["labels"]), wide=True),
    Column("ID", lambda r: r["id"], wide=True),
)
_DETAILS = (
    Column("Name", lambda r: r["name"]),
    Column("Id", lambda r: r["id"]),
    Column("Organization", lambda r: r["organization"] or "built in, good in all"),
    Column("Description", lambda r: r["description"]),
    Column("Labels", lambda r: labels_text(r["labels"])),
    Column("Permissions", lambda r: " ".join(r["permissions"])),
    Column("Revision", lambda r: r["revision"]),
)


def add_verbs(verbs: Any) -> None:
    create = verbs.add_parser("create-role", parents=[shared()], help="make a role of an organization")
    create.add_argument("name")
    create.add_argument(
        "--permission",
        action="append",
        required=True,
        metavar="PERMISSION",
        help="agent:read; may be repeated",
    )
    create.add_argument("--description", default="", metavar="TEXT", help="what it is for")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")
    add_organization(create)
    create.set_defaults(run=_create)

    listing = verbs.add_parser("list-roles", parents=[shared(watch=True)], help="list roles")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only with this label")
    add_organization(listing)
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show-role", parents=[shared()], help="show a role and its permissions")
    one.add_argument("role", help="name, ORG/NAME or id")
    add_organization(one)
    one.set_defaults(run=_show)

    update = verbs.add_parser("update-role", parents=[shared()], help="change a role, for all who have it")
    update.add_argument("role", help="name, ORG/NAME or id")
    update.add_argument("--add-permission", action="append", metavar="PERMISSION", help="may be repeated")
    update.add_argument("--remove-permission", action="append", metavar="PERMISSION", help="may be repeated")
    update.add_argument("--rename", metavar="NAME", help="another name")
    update.add_argument("--description", metavar="TEXT", help="what it is for")
    update.add_argument(
        "--label", action="append", metavar="KEY=VALUE|KEY-", help="KEY- takes the label away"
    )
    add_organization(update)
    update.set_defaults(run=_update)

    delete = verbs.add_parser("delete-role", parents=[shared()], help="delete a role that nobody has")
    delete.add_argument("role", help="name, ORG/NAME or id")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    add_organization(delete)
    delete.set_defaults(run=_delete)


def add_organization(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organization", default="", metavar="ORG", help="of this organization (name or id)")


def _create(options: argparse.Namespace) -> None:
    body = {
        "name": options.name,
        "permissions": options.permission,
        "organization": options.organization,
        "description": options.description,
        "labels": key_values(options.label, "--label"),
    }
    show(options, client(options).post(_BASE, body), _COLUMNS)


def _list(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        found = api.get_all(_BASE, organization=options.organization or None, label=options.label)
        show(
            options,
            found,
            _COLUMNS,
            empty="There is no such role. Make one with: nimbus iam create-role NAME",
        )

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    details(options, api.get(_path(api, options)), _DETAILS)


def _update(options: argparse.Namespace) -> None:
    api = client(options)
    body = given(
        name=options.rename,
        description=options.description,
        labels=label_changes(options.label, "--label") or None,
    )
    path, headers = _path(api, options), {}
    if options.add_permission or options.remove_permission:
        present = api.get(path)
        body["permissions"] = changed_permissions(
            present["permissions"], options.add_permission or [], options.remove_permission or []
        )
        # The whole list is sent: nobody else's change may be undone by it.
        headers["If-Match"] = f'"{present["revision"]}-"'
    if not body:
        raise UsageError("nothing to change was given", next_step="See: nimbus iam update-role --help")
    show(options, api.request("PATCH", path, body=body, headers=headers)["data"], _COLUMNS)


def changed_permissions(present: list[str], add: list[str], remove: list[str]) -> list[str]:
    """Raises UsageError when something to be removed is not there, or both is wanted."""
    both = sorted({*add} & {*remove})
    if both:
        raise UsageError(f"{both[0]} is both to be added and to be removed")
    absent = sorted({*remove} - {*present})
    if absent:
        raise UsageError(f"the role does not have {absent[0]}", next_step="See: nimbus iam show-role")
    return sorted(({*present} | {*add}) - {*remove})


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete the role {printable(options.role)}?", yes=options.yes)
    api = client(options)
    gone = api.delete(_path(api, options))
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
    else:
        print(f"The role {printable(gone['name'])} is deleted.")


def _path(api: Client, options: argparse.Namespace) -> str:
    return path_in_organization(api, _BASE, options.role, options.organization)
