"""`nimbus workspace`."""

from __future__ import annotations

import argparse
import os
from typing import Any

from nimbus.cli import deletion
from nimbus.cli.noun import DESCRIPTION, LABEL_CHANGES, LABEL_FILTER, LABELS, RENAME, Field, Noun, verbs_of
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, labels_of, print_data, printable, show
from nimbus.cli.references import WORKSPACES, workspace_path
from nimbus.client.profiles import profile_name, set_workspace
from nimbus.protocol.errors import UsageError

_NAMED = "NAME, ORG/NAME or id"
_WORKSPACE = Noun(
    name="workspace",
    path=WORKSPACES,
    columns=(
        Column("NAME", "full_name"),
        Column("DESCRIPTION", "description"),
        Column("CREATED", lambda w: age(w["created_at"])),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
    ),
    details=(
        Column("Name", "full_name"),
        Column("Id", "id"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        Column("Created", "created_at"),
        Column("Changed", "updated_at"),
        Column("Revision", "revision"),
    ),
    empty="No workspaces that you can see. Create one: nimbus workspace create NAME",
    reference=_NAMED,
    find=lambda api, options: workspace_path(api, options.workspace),
)
_OF_ORGANIZATION = Field("--organization", metavar="ORG", help="only those of this organization")
_IN_ORGANIZATION = Field("--organization", metavar="ORG", help="organization (default: default)")
_TO_ORGANIZATION = Field("organization", help="name or id")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _WORKSPACE.list(verbs, "list workspaces", _OF_ORGANIZATION, LABEL_FILTER)
    _WORKSPACE.show(verbs, "show a workspace")
    name = Field("name", help="NAME or ORG/NAME")
    _WORKSPACE.create(
        verbs, "create a workspace", name, _IN_ORGANIZATION, DESCRIPTION, LABELS, more=_name_and_organization
    )
    _WORKSPACE.update(verbs, "rename, describe or label a workspace", RENAME, DESCRIPTION, LABEL_CHANGES)
    _WORKSPACE.verb(verbs, "move", "move a workspace to another organization", _move, _TO_ORGANIZATION)
    deletion.add_delete(_WORKSPACE, verbs, "delete a workspace")
    use = _WORKSPACE.verb(verbs, "use", "set the workspace of the profile", _use, of_one=False)
    use.add_argument("workspace", nargs="?", default="", help=f"{_NAMED} (with --none: none)")
    use.add_argument("--none", action="store_true", help="look up names in all workspaces")


def _name_and_organization(options: argparse.Namespace) -> dict[str, Any]:
    organization, _, name = options.name.rpartition("/")
    if organization and options.organization:
        raise UsageError("the organization is given twice: use ORG/NAME or --organization")
    return {"name": name, "organization": organization or options.organization or ""}


def _move(options: argparse.Namespace) -> None:
    api = client(options)
    path = _WORKSPACE.path_of(api, options)
    show(options, api.post(f"{path}/move", {"organization": options.organization}), _WORKSPACE.columns)


def _use(options: argparse.Namespace) -> None:
    if bool(options.workspace) == options.none:
        raise UsageError("no workspace given", next_step="See: nimbus workspace list")
    name = profile_name(options.profile, os.environ)
    chosen = ""
    if not options.none:
        api = client(options)
        chosen = api.get(workspace_path(api, options.workspace))["full_name"]
    set_workspace(name, chosen, os.environ)
    if options.output in ("json", "yaml"):
        print_data(options.output, {"profile": name, "workspace": chosen or None})
    elif chosen:
        print(f"Profile {printable(name)} now uses workspace {printable(chosen)}.")
    else:
        print(f"Profile {printable(name)} now uses all workspaces you can see.")
