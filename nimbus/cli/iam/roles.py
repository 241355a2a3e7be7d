"""`nimbus iam create-role|list-roles|show-role|compare-roles|update-role|delete-role|list-permissions`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from nimbus.cli.noun import DESCRIPTION, LABEL_CHANGES, LABEL_FILTER, LABELS, NAME, RENAME, Field, Noun, sent
from nimbus.cli.options import client
from nimbus.cli.output import Column, labels_of, show
from nimbus.cli.references import ORGANIZATION, path_in_organization
from nimbus.protocol.errors import UsageError

_ROLES = "/api/v1/roles"
_ROLE = Noun(
    name="role",
    path=_ROLES,
    columns=(
        Column("NAME", "name"),
        Column("ORGANIZATION", lambda r: r["organization"] or "(built in)"),
        Column("PERMISSIONS", lambda r: len(r["permissions"]), right=True),
        Column("DESCRIPTION", "description"),
        Column("LABELS", labels_of, wide=True),
        Column("ID", "id", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Organization", lambda r: r["organization"] or "built in, for all organizations"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        Column("Permissions", lambda r: " ".join(r["permissions"])),
        Column("Revision", "revision"),
    ),
    empty="No roles yet. Create one: nimbus iam create-role NAME",
    reference="name, ORG/NAME or id",
    beside=(ORGANIZATION,),
    find=lambda api, options: path_in_organization(api, _ROLES, options.role, options.organization),
    in_verbs=True,
)
_PERMISSIONS = Field(
    "--permission",
    "permissions",
    action="append",
    required=True,
    metavar="PERMISSION",
    help="permission, such as agent:read; can be repeated",
)
_CHANGES = (RENAME, DESCRIPTION, LABEL_CHANGES)


def add_verbs(verbs: Any) -> None:
    _ROLE.create(verbs, "create a role", NAME, _PERMISSIONS, DESCRIPTION, LABELS, ORGANIZATION)
    _ROLE.list(verbs, "list roles", LABEL_FILTER, ORGANIZATION)
    _ROLE.show(verbs, "show a role and its permissions")
    compare = _ROLE.verb(
        verbs, "compare-roles", "show how roles differ", _compare, ORGANIZATION, of_one=False, rows=True
    )
    compare.add_argument("roles", metavar="ROLE", nargs="+", help="two or more: name, ORG/NAME or id")
    compare.add_argument("--all", action="store_true", help="also permissions in which they do not differ")
    _ROLE.verb(
        verbs,
        "list-permissions",
        "list permissions and what they are for",
        _permissions,
        of_one=False,
        rows=True,
    )
    update = _ROLE.verb(verbs, "update-role", "edit a role, for everyone who has it", _update, *_CHANGES)
    update.add_argument("--add-permission", action="append", metavar="PERMISSION", help="can be repeated")
    update.add_argument("--remove-permission", action="append", metavar="PERMISSION", help="can be repeated")
    _ROLE.delete(verbs, "delete a role", "Delete role {name}?", "Role {name} deleted.")


def _compare(options: argparse.Namespace) -> None:
    api = client(options)
    if len(options.roles) < 2:
        raise UsageError("one role cannot be compared", next_step="Name two or more.")
    paths = [path_in_organization(api, _ROLES, name, options.organization) for name in options.roles]
    roles = [api.get(path) for path in paths]
    held = [{*role["permissions"]} for role in roles]
    words = {one["permission"]: one["description"] for one in api.get("/api/v1/permissions")}
    rows = [
        {"permission": name, "description": words[name], "held": [name in one for one in held]}
        for name in words
    ]
    if not options.all:
        rows = [row for row in rows if len({*row["held"]}) > 1]
    columns = [Column("PERMISSION", "permission")]
    columns += [Column(name.upper(), _has(at)) for at, name in enumerate(options.roles)]
    columns.append(Column("WHAT FOR", "description"))
    show(options, rows, columns, empty="These roles have the same permissions.")


def _has(at: int) -> Callable[[Any], str]:
    return lambda row: "yes" if row["held"][at] else "-"


def _permissions(options: argparse.Namespace) -> None:
    show(options, client(options).get("/api/v1/permissions"), _PERMISSION)


_PERMISSION = (Column("PERMISSION", "permission"), Column("WHAT FOR", "description"))


def _update(options: argparse.Namespace) -> None:
    api = client(options)
    body = sent(_CHANGES, options)
    path, headers = _ROLE.path_of(api, options), {}
    if options.add_permission or options.remove_permission:
        present = api.get(path)
        body["permissions"] = changed_permissions(
            present["permissions"], options.add_permission or [], options.remove_permission or []
        )
        # The whole list is sent: nobody else's change may be undone by it.
        headers["If-Match"] = f'"{present["revision"]}-"'
    if not body:
        raise UsageError("nothing to change", next_step="See: nimbus iam update-role --help")
    show(options, api.request("PATCH", path, body=body, headers=headers)["data"], _ROLE.columns)


def changed_permissions(present: list[str], add: list[str], remove: list[str]) -> list[str]:
    """Raises UsageError when something to be removed is not there, or both is wanted."""
    both = sorted({*add} & {*remove})
    if both:
        raise UsageError(f"{both[0]} is in both --add-permission and --remove-permission")
    absent = sorted({*remove} - {*present})
    if absent:
        raise UsageError(f"the role does not have {absent[0]}", next_step="See: nimbus iam show-role")
    return sorted(({*present} | {*add}) - {*remove})
