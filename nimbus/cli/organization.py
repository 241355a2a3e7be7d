"""`nimbus organization`."""

from __future__ import annotations

import argparse
import sys

from nimbus.cli import deletion
from nimbus.cli.noun import (
    DESCRIPTION,
    LABEL_CHANGES,
    LABEL_FILTER,
    LABELS,
    NAME,
    RENAME,
    YES,
    Field,
    Noun,
    verbs_of,
)
from nimbus.cli.options import client, confirm
from nimbus.cli.output import Column, age, counted, labels_of, printable, report

_ORGANIZATION = Noun(
    name="organization",
    path="/api/v1/organizations",
    columns=(
        Column("NAME", "name"),
        Column("DESCRIPTION", "description"),
        Column("CROSS-WORKSPACE", "cross_workspace_visibility"),
        Column("CREATED", lambda o: age(o["created_at"])),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Description", "description"),
        Column("Cross-workspace visibility", "cross_workspace_visibility"),
        Column("Second factor", lambda o: "required" if o["require_second_factor"] else "optional"),
        Column("Labels", labels_of),
        Column("Created", "created_at"),
        Column("Changed", "updated_at"),
        Column("Revision", "revision"),
    ),
    empty="No organizations that you can see. Create one: nimbus organization create NAME",
)
_VISIBILITY = Field(
    "--cross-workspace-visibility",
    action=argparse.BooleanOptionalAction,
    default=None,
    help="whether users who can read one workspace can read all of them",
)


def _require_factor(options: argparse.Namespace) -> None:
    api = client(options)
    path = _ORGANIZATION.path_of(api, options)
    name = printable(_ORGANIZATION.named(options))
    if not options.off:
        policy = api.get("/api/v1/second-factor-policy", organization=_ORGANIZATION.named(options))
        if policy["users_without"]:
            names = [printable(user["username"]) for user in policy["without"]]
            print(
                f"{counted(policy['users_without'], 'user')} without a second factor can then only set one up: "
                + ", ".join(names[:20])
                + (", ..." if policy["users_without"] > 20 else ""),
                file=sys.stderr,
            )
        confirm(f"Require a second factor of all users of {name}?", yes=options.yes)
    changed = api.patch(path, {"require_second_factor": not options.off})
    report(options, changed, f"A second factor is {'optional' if options.off else 'required'} in {name}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _ORGANIZATION.list(verbs, "list organizations", LABEL_FILTER)
    _ORGANIZATION.show(verbs, "show an organization")
    _ORGANIZATION.create(verbs, "create an organization", NAME, LABELS, DESCRIPTION, _VISIBILITY)
    _ORGANIZATION.update(
        verbs, "rename, describe or label an organization", RENAME, LABEL_CHANGES, DESCRIPTION, _VISIBILITY
    )
    require = _ORGANIZATION.verb(
        verbs,
        "require-second-factor",
        "require a second factor of all users of an organization",
        _require_factor,
        YES,
    )
    require.add_argument("--off", action="store_true", help="no longer require one")
    deletion.add_delete(_ORGANIZATION, verbs, "delete an organization")
