"""`nimbus workspace`."""

from __future__ import annotations

import argparse
import os

from nimbus.cli import deletion
from nimbus.cli.options import client, key_values, label_changes, shared
from nimbus.cli.output import Column, age, details, print_data, printable, show, watched
from nimbus.cli.references import WORKSPACES, given, labels_text, workspace_path
from nimbus.client.profiles import profile_name, set_workspace
from nimbus.protocol.errors import UsageError

_COLUMNS = (
    Column("NAME", lambda w: w["full_name"]),
    Column("DESCRIPTION", lambda w: w["description"]),
    Column("CREATED", lambda w: age(w["created_at"])),
    Column("LABELS", lambda w: labels_text(w["labels"])),
    Column("ID", lambda w: w["id"], wide=True),
)
_DETAILS = (
    Column("Name", lambda w: w["full_name"]),
    Column("Id", lambda w: w["id"]),
    Column("Description", lambda w: w["description"]),
    Column("Labels", lambda w: labels_text(w["labels"])),
    Column("Created", lambda w: w["created_at"]),
    Column("Changed", lambda w: w["updated_at"]),
    Column("Revision", lambda w: w["revision"]),
)
_NAMED = "NAME, ORG/NAME or id"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    listing = verbs.add_parser("list", parents=[shared(watch=True)], help="list workspaces")
    listing.add_argument("--organization", metavar="ORG", help="only of this organization")
    listing.add_argument("--label", metavar="KEY=VALUE", help="only those with this label")
    listing.set_defaults(run=_list)

    one = verbs.add_parser("show", parents=[shared(watch=True)], help="show a workspace")
    one.add_argument("workspace", help=_NAMED)
    one.set_defaults(run=_show)

    create = verbs.add_parser("create", parents=[shared()], help="make a workspace")
    create.add_argument("name", help="NAME or ORG/NAME")
    create.add_argument("--organization", metavar="ORG", help="organization (default: default)")
    create.add_argument("--description", metavar="TEXT", default="", help="what it is for")
    create.add_argument("--label", action="append", metavar="KEY=VALUE", help="may be repeated")
    create.set_defaults(run=_create)

    update = verbs.add_parser("update", parents=[shared()], help="rename, describe or label a workspace")
    update.add_argument("workspace", help=_NAMED)
    update.add_argument("--rename", metavar="NAME", help="another name")
    update.add_argument("--description", metavar="TEXT", help="what it is for")
    update.add_argument(
        "--label", action="append", metavar="KEY=VALUE|KEY-", help="KEY- takes the label away"
    )
    update.set_defaults(run=_update)

    move = verbs.add_parser("move", parents=[shared()], help="move a workspace to another organization")
    move.add_argument("workspace", help=_NAMED)
    move.add_argument("organization", help="name or id")
    move.set_defaults(run=_move)

    delete = verbs.add_parser("delete", parents=[shared()], help="delete a workspace")
    delete.add_argument("workspace", help=_NAMED)
    deletion.add_options(delete)
    delete.set_defaults(run=_delete)

    use = verbs.add_parser(
        "use", parents=[shared()], help="look names up in this workspace from now on, with this profile"
    )
    use.add_argument("workspace", nargs="?", default="", help=f"{_NAMED} (with --none: none)")
    use.add_argument("--none", action="store_true", help="look names up wherever you may")
    use.set_defaults(run=_use)


def _list(options: argparse.Namespace) -> None:
    api = client(options)

    def once() -> None:
        show(
            options,
            api.get_all(WORKSPACES, organization=options.organization, label=options.label),
            _COLUMNS,
            empty="There is no such workspace that you may see. Make one with: nimbus workspace create NAME",
        )

    watched(options, once)


def _show(options: argparse.Namespace) -> None:
    api = client(options)
    path = workspace_path(api, options.workspace)
    watched(options, lambda: details(options, api.get(path), _DETAILS))


def _create(options: argparse.Namespace) -> None:
    organization, _, name = options.name.rpartition("/")
    if organization and options.organization:
        raise UsageError("name the organization once: as ORG/NAME or with --organization")
    body = {
        "name": name,
        "organization": organization or options.organization or "",
        "description": options.description,
        "labels": key_values(options.label, "--label"),
    }
    show(options, client(options).post(WORKSPACES, body), _COLUMNS)


def _update(options: argparse.Namespace) -> None:
    labels = label_changes(options.label, "--label") or None
    body = given(name=options.rename, description=options.description, labels=labels)
    if not body:
        raise UsageError("nothing to change was given", next_step="See: nimbus workspace update --help")
    api = client(options)
    show(options, api.patch(workspace_path(api, options.workspace), body), _COLUMNS)


def _move(options: argparse.Namespace) -> None:
    api = client(options)
    path = workspace_path(api, options.workspace)
    show(options, api.post(f"{path}/move", {"organization": options.organization}), _COLUMNS)


def _delete(options: argparse.Namespace) -> None:
    api = client(options)
    path = workspace_path(api, options.workspace)
    deletion.delete(options, api, path, "workspace", options.workspace)


def _use(options: argparse.Namespace) -> None:
    if bool(options.workspace) == options.none:
        raise UsageError("say which workspace", next_step="See them with: nimbus workspace list")
    name = profile_name(options.profile, os.environ)
    chosen = ""
    if not options.none:
        api = client(options)
        chosen = api.get(workspace_path(api, options.workspace))["full_name"]
    set_workspace(name, chosen, os.environ)
    if options.output in ("json", "yaml"):
        print_data(options.output, {"profile": name, "workspace": chosen or None})
    elif chosen:
        print(f"The profile {printable(name)} looks names up in {printable(chosen)} now.")
    else:
        print(f"The profile {printable(name)} looks names up wherever you may now.")
