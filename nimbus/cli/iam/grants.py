"""`nimbus iam grant|revoke|list-grants|can`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.options import client, confirm, shared
from nimbus.cli.output import Column, age, print_data, printable, show, watched
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import EXIT_FAILED, EXIT_NOT_FOUND, EXIT_OK, NimbusError, UsageError

_GRANTS = "/api/v1/grants"
_WHOM, _WHERE = ("user", "group", "key"), ("workspace", "organization")
# What lies in a workspace, and the collection that its name is looked up in.
_IN_WORKSPACE = {"node": "/api/v1/nodes", "secret": "/api/v1/secrets", "task": "/api/v1/tasks"}
_COLUMNS = (
    Column("ROLE", lambda g: g["role"]),
    Column("FOR", lambda g: f"{g['principal_kind']}:{g['principal']}"),
    Column("WHERE", lambda g: g["workspace"] or g["organization"]),
    Column("BY", lambda g: g["created_by"]),
    Column("CREATED", lambda g: age(g["created_at"])),
    Column("ID", lambda g: g["id"]),
    Column("FROM", lambda g: g["source"], wide=True),
)
_CAN_EPILOG = (
    "USER is a username, me, user:NAME, group:NAME or key:NAME. RESOURCE is workspace/NAME, organization/NAME, "
    "node/NAME, secret/NAME, task/ID, or * for the whole control plane."
)


def add_verbs(verbs: Any) -> None:
    grant = verbs.add_parser("grant", parents=[shared()], help="give a role to a user, group or key")
    grant.add_argument("role", help="name or id")
    _add_whom_and_where(grant)
    grant.set_defaults(run=_grant)

    revoke = verbs.add_parser("revoke", parents=[shared()], help="take a role away")
    revoke.add_argument("grant", metavar="ID|ROLE", help="the grant's id; or the role, with whom and where")
    _add_whom_and_where(revoke)
    revoke.add_argument("--yes", action="store_true", help="do not ask")
    revoke.set_defaults(run=_revoke)

    listing = verbs.add_parser(
        "list-grants", parents=[shared(watch=True)], help="list who has which role where"
    )
    listing.add_argument("--role", help="only of this role (name or id)")
    _add_whom_and_where(listing)
    listing.set_defaults(run=_list)

    can = verbs.add_parser(
        "can", parents=[shared()], help="say whether somebody may do something, and why", epilog=_CAN_EPILOG
    )
    can.add_argument("who", metavar="USER", help="a username, me, user:NAME, group:NAME or key:NAME")
    can.add_argument("permission", metavar="PERMISSION", help="agent:read, secret:write ...")
    can.add_argument("resource", metavar="RESOURCE", nargs="?", default="*", help="default: *")
    can.set_defaults(run=_can)


def _add_whom_and_where(parser: argparse.ArgumentParser) -> None:
    whom = parser.add_mutually_exclusive_group()
    for kind in _WHOM:
        whom.add_argument(f"--{kind}", help=f"{kind} (name or id)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workspace", help="in this workspace (NAME, ORG/NAME or id)")
    where.add_argument("--organization", metavar="ORG", help="in all of this organization (name or id)")


def _named(options: argparse.Namespace, kinds: tuple[str, ...]) -> dict[str, str]:
    return {kind: getattr(options, kind) for kind in kinds if getattr(options, kind)}


def _whom(options: argparse.Namespace) -> dict[str, str]:
    found = _named(options, _WHOM)
    if not found:
        raise UsageError("say whom", next_step="Give --user, --group or --key.")
    return found


def _grant(options: argparse.Namespace) -> None:
    where = _named(options, _WHERE)
    if not where:
        raise UsageError("say where", next_step="Give --workspace or --organization.")
    body = {"role": options.role, **_whom(options), **where}
    show(options, client(options).post(_GRANTS, body), _COLUMNS)


def _revoke(options: argparse.Namespace) -> None:
    api = client(options)
    grant = options.grant
    if _named(options, (*_WHOM, *_WHERE)):
        grant = _only_grant(api, options)["id"]
    found = api.get(f"{_GRANTS}/{segment(grant)}")
    told = (
        f"the role {printable(found['role'])} of the {found['principal_kind']} {printable(found['principal'])} in "
        f"{printable(found['workspace'] or found['organization'])}"
    )
    confirm(f"Take away {told}?", yes=options.yes)
    gone = api.delete(f"{_GRANTS}/{segment(grant)}")
    if options.output in ("json", "yaml"):
        print_data(options.output, gone)
    else:
        print(f"Taken away: {told}.")


def _only_grant(api: Client, options: argparse.Namespace) -> dict[str, Any]:
    query = {**_whom(options), **_named(options, _WHERE)}
    found = api.get_all(_GRANTS, role=options.grant, **query)
    if "organization" in query:
        # Asked for by organization the list holds the grants in its workspaces too.
        found = [one for one in found if one["workspace_id"] is None]
    if not found:
        raise NimbusError(
            "there is no such grant",
            code="NOT_FOUND",
            next_step="See them with: nimbus iam list-grants",
            exit_status=EXIT_NOT_FOUND,
        )
    if len(found) > 1:
        raise UsageError(
            f"that role is given there {len(found)} times", next_step="Say where, or use the grant's id."
        )
    only: dict[str, Any] = found[0]
    return only


def _list(options: argparse.Namespace) -> None:
    query = _named(options, ("role", *_WHOM, *_WHERE))
    api = client(options)

    def once() -> None:
        show(
            options,
            api.get_all(_GRANTS, **query),
            _COLUMNS,
            empty="There is no such grant. Give a role with: nimbus iam grant ROLE --user USER --workspace NAME",
        )

    watched(options, once)


def _can(options: argparse.Namespace) -> int:
    api = client(options)
    query = {**principal(options.who), **_place(api, options.resource)}
    answer = api.get("/api/v1/can", permission=options.permission, **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, answer)
    else:
        print(
            f"{'yes' if answer['allowed'] else 'no'}: {printable(answer['principal'])} "
            f"{'may' if answer['allowed'] else 'may not'} {answer['permission']} in {printable(answer['where'])}"
        )
        for reason in answer["because"]:
            print(f"  {printable(reason)}")
    return EXIT_OK if answer["allowed"] else EXIT_FAILED


def principal(reference: str) -> dict[str, str]:
    """As query parameters. Raises UsageError."""
    kind, separator, name = reference.partition(":")
    if not separator:
        return {} if reference == "me" else {"user": reference}
    if kind not in _WHOM or not name:
        raise UsageError(
            f"{reference!r} is nobody", next_step="Write NAME, user:NAME, group:NAME or key:NAME."
        )
    return {kind: name}


def _place(api: Client, resource: str) -> dict[str, str]:
    if resource == "*":
        return {}
    kind, _, name = resource.partition("/")
    if kind in _WHERE and name:
        return {kind: name}
    if kind in _IN_WORKSPACE and name:
        found = api.get(f"{_IN_WORKSPACE[kind]}/{segment(name)}")
        return {"workspace": found["workspace_id"]}
    kinds = ", ".join(f"{one}/NAME" for one in (*_WHERE, *_IN_WORKSPACE))
    raise UsageError(f"{resource!r} is no resource", next_step=f"Write {kinds} or '*'.")
