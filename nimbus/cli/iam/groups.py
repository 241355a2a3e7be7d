"""`nimbus iam create-group|list-groups|show-group|update-group|delete-group|add-member|remove-member|members`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.noun import DESCRIPTION, LABEL_CHANGES, LABEL_FILTER, LABELS, NAME, RENAME, Field, Noun
from nimbus.cli.options import client
from nimbus.cli.output import Column, labels_of, printable, report, show
from nimbus.cli.references import ORGANIZATION, path_in_organization
from nimbus.client.client import segment

_GROUPS = "/api/v1/groups"
_GROUP = Noun(
    name="group",
    path=_GROUPS,
    columns=(
        Column("NAME", "name"),
        Column("ORGANIZATION", "organization"),
        Column("MEMBERS", "members", right=True),
        Column("DESCRIPTION", "description"),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Organization", "organization"),
        Column("Members", "members"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        Column("Created", "created_at"),
        Column("Changed", "updated_at"),
        Column("Revision", "revision"),
    ),
    empty="No groups yet. Create one: nimbus iam create-group NAME",
    reference="name, ORG/NAME or id",
    beside=(ORGANIZATION,),
    find=lambda api, options: path_in_organization(api, _GROUPS, options.group, options.organization),
    in_verbs=True,
)
_MEMBERS = (Column("USERNAME", "username"), Column("FROM", "source"), Column("ID", "user_id", wide=True))
_USER = Field("user", help="name or id")


def add_verbs(verbs: Any) -> None:
    _GROUP.create(verbs, "create a group", NAME, DESCRIPTION, LABELS, ORGANIZATION)
    _GROUP.list(verbs, "list groups", LABEL_FILTER, ORGANIZATION)
    _GROUP.show(verbs, "show a group")
    _GROUP.update(verbs, "rename, describe or label a group", RENAME, DESCRIPTION, LABEL_CHANGES)
    _GROUP.delete(
        verbs, "delete a group and its grants", "Delete group {name} and its grants?", "Group {name} deleted."
    )
    _GROUP.verb(verbs, "members", "list the members of a group", _members, rows=True)
    _GROUP.verb(verbs, "add-member", "add a user to a group", _add_member, _USER)
    _GROUP.verb(verbs, "remove-member", "remove a user from a group", _remove_member, _USER)


def _members(options: argparse.Namespace) -> None:
    api = client(options)
    empty = "The group has no members. Add one: nimbus iam add-member GROUP USER"
    show(options, api.get(_GROUP.path_of(api, options) + "/members"), _MEMBERS, empty=empty)


def _add_member(options: argparse.Namespace) -> None:
    api = client(options)
    member = api.post(_GROUP.path_of(api, options) + "/members", {"user": options.user})
    report(
        options, member, f"User {printable(member['username'])} added to group {printable(options.group)}."
    )


def _remove_member(options: argparse.Namespace) -> None:
    api = client(options)
    member = api.delete(f"{_GROUP.path_of(api, options)}/members/{segment(options.user)}")
    report(
        options,
        member,
        f"User {printable(member['username'])} removed from group {printable(options.group)}.",
    )
