"""`nimbus iam create-group|list-groups|delete-group|add-member|remove-member|members`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.iam.roles import add_organization
from nimbus.cli.options import client, confirm, key_values, shared
from nimbus.cli.output import Column, print_data, printable, show, watched
from nimbus.cli.references import labels_text, path_in_organization
from nimbus.client.client import Client, segment

_BASE = "/api/v1/groups"
_COLUMNS = (
    Column("NAME", lambda g: g["name"]),
    Column("ORGANIZATION", lambda g: g["organization"]),
    Column("MEMBERS", lambda g: g["members"], right=True),
    Column("DESCRIPTION", lambda g: g["description"]),
    Column("LABELS", lambda g: labels_text(g["labels"])),
    Column("ID", lambda g: g["id"], wide=True),
)
_MEMBERS = (
    Column("USERNAME", lambda m: m["username"]),
    Column("FROM", lambda m: m["source"]),
    Column("ID", lambda m: m["user_id"], wide=True),
)


def add_verbs(verbs: Any) -> None:
    create = verbs.add_parser("create-group", parents=[shared()], help="make a group of users")
    create.add_argument("name")
    create.add_argument("--description", default="", metavar="TEXT", help="what it is for")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")
    add_organization(create)
    create.set_defaults(run=_create)

    listing = verbs.add_parser("list-groups", parents=[shared(watch=True)], help="list groups")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only with this label")
    add_organization(listing)
    listing.set_defaults(run=_list)

    def verb(name: str, summary: str, run: Any) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = verbs.add_parser(name, parents=[shared()], help=summary)
        made.add_argument("group", help="name, ORG/NAME or id")
        add_organization(made)
        made.set_defaults(run=run)
        return made

    delete = verb("delete-group", "delete a group with its grants", _delete)
    delete.add_argument("--yes", action="store_true", help="do not ask")
    verb("members", "list the members of a group", _members)
    verb("add-member", "add a user to a group", _add).add_argument("user", help="name or id")
    verb("remove-member", "take a user out of a group", _remove).add_argument("user", help="name or id")


def _create(options: argparse.Namespace) -> None:
    body = {
        "name": options.name,
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
            empty="There is no such group. Make one with: nimbus iam create-group NAME",
        )

    watched(options, once)


def _delete(options: argparse.Namespace) -> None:
    confirm(f"Delete the group {printable(options.group)} with its grants?", yes=options.yes)
    api = client(options)
    gone = api.delete(_path(api, options))
    _tell(options, gone, f"The group {printable(gone['name'])} is deleted.")


def _members(options: argparse.Namespace) -> None:
    api = client(options)
    empty = "The group has no members. Add one with: nimbus iam add-member GROUP USER"
    show(options, api.get(_path(api, options) + "/members"), _MEMBERS, empty=empty)


def _add(options: argparse.Namespace) -> None:
    api = client(options)
    member = api.post(_path(api, options) + "/members", {"user": options.user})
    _tell(options, member, f"{printable(member['username'])} is in the group {printable(options.group)}.")


def _remove(options: argparse.Namespace) -> None:
    api = client(options)
    member = api.delete(f"{_path(api, options)}/members/{segment(options.user)}")
    _tell(options, member, f"{printable(member['username'])} is out of the group {printable(options.group)}.")


def _tell(options: argparse.Namespace, data: dict[str, Any], text: str) -> None:
    if options.output in ("json", "yaml"):
        print_data(options.output, data)
    else:
        print(text)


def _path(api: Client, options: argparse.Namespace) -> str:
    return path_in_organization(api, _BASE, options.group, options.organization)
