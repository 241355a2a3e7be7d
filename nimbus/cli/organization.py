"""`nimbus organization`."""

from __future__ import annotations

import argparse

from nimbus.cli import deletion
from nimbus.cli.noun import (
    DESCRIPTION,
    LABEL_CHANGES,
    LABEL_FILTER,
    LABELS,
    NAME,
    RENAME,
    Field,
    Noun,
    verbs_of,
)
from nimbus.cli.output import Column, age, labels_of

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    _ORGANIZATION.list(verbs, "list organizations", LABEL_FILTER)
    _ORGANIZATION.show(verbs, "show an organization")
    _ORGANIZATION.create(verbs, "create an organization", NAME, LABELS, DESCRIPTION, _VISIBILITY)
    _ORGANIZATION.update(
        verbs, "rename, describe or label an organization", RENAME, LABEL_CHANGES, DESCRIPTION, _VISIBILITY
    )
    deletion.add_delete(_ORGANIZATION, verbs, "delete an organization")
