"""`nimbus iam grant|update-grant|revoke|list-grants|access|can`."""

from __future__ import annotations

import argparse
from typing import Any

from nimbus.cli.moments import moment_ahead
from nimbus.cli.noun import YES, Field, Noun
from nimbus.cli.options import client, confirm
from nimbus.cli.output import Column, age, print_data, printable, report, show, until, watched
from nimbus.client.client import Client, segment
from nimbus.protocol.errors import EXIT_FAILED, EXIT_NOT_FOUND, EXIT_OK, NimbusError, UsageError

_GRANTS = "/api/v1/grants"
_WHOM, _WHERE = ("user", "group", "key"), ("workspace", "organization")
# What lies in a workspace, and the collection that its name is looked up in.
_IN_WORKSPACE = {"node": "/api/v1/nodes", "secret": "/api/v1/secrets", "task": "/api/v1/tasks"}
_GRANT = Noun(
    name="grant",
    path=_GRANTS,
    columns=(
        Column("ROLE", "role"),
        Column("FOR", lambda g: f"{g['principal_kind']}:{g['principal']}"),
        Column("WHERE", lambda g: g["workspace"] or g["organization"]),
        Column("ENDS", lambda g: until(g["expires_at"])),
        Column("BY", "created_by"),
        Column("CREATED", lambda g: age(g["created_at"])),
        Column("ID", "id"),
        Column("FROM", "source", wide=True),
    ),
    empty="No grants match. Grant a role: nimbus iam grant ROLE --user USER --workspace NAME",
    metavar="ID|ROLE",
    reference="id of the grant, or the role with --user and --workspace",
)
_CAN_EPILOG = (
    "USER is a username, me, user:NAME, group:NAME or key:NAME. RESOURCE is workspace/NAME, organization/NAME, "
    "node/NAME, secret/NAME, task/ID, or * for the whole control plane."
)


_END = "2h, 7d or 2w from now, a date, or RFC 3339"


def add_verbs(verbs: Any) -> None:
    role = Field("role", help="name or id")
    until = Field("--until", metavar="WHEN", help=f"when the grant ends: {_END} (default: never)")
    _add_whom_and_where(
        _GRANT.verb(verbs, "grant", "grant a role to a user, group or key", _grant, role, until, of_one=False)
    )
    end = Field("--until", metavar="WHEN", required=True, help=f"{_END}, or never")
    _add_whom_and_where(_GRANT.verb(verbs, "update-grant", "change when a grant ends", _update, end))
    _add_whom_and_where(_GRANT.verb(verbs, "revoke", "remove a grant", _revoke, YES))
    of_role = Field("--role", help="only this role (name or id)")
    state = Field("--state", choices=("valid", "expired"), help="only those that are valid, or have expired")
    _add_whom_and_where(
        _GRANT.verb(
            verbs,
            "list-grants",
            "list grants: who has which role, and where",
            _list,
            of_role,
            state,
            of_one=False,
            watch=True,
            rows=True,
        )
    )
    _add_access(verbs)
    can = _GRANT.verb(
        verbs,
        "can",
        "check whether a user, group or key can do something, and why",
        _can,
        of_one=False,
        epilog=_CAN_EPILOG,
    )
    can.add_argument("who", metavar="USER", help="a username, me, user:NAME, group:NAME or key:NAME")
    can.add_argument("permission", metavar="PERMISSION", help="permission, such as agent:read")
    can.add_argument("resource", metavar="RESOURCE", nargs="?", default="*", help="resource (default: *)")


def _add_access(verbs: Any) -> None:
    table = _GRANT.verb(
        verbs,
        "access",
        "show what a user, group or key can do, where, through which grant and until when",
        _access,
        of_one=False,
        rows=True,
        epilog=_CAN_EPILOG,
    )
    table.add_argument(
        "who", metavar="USER", nargs="?", default="me", help="me, a username, group:NAME or key:NAME"
    )
    table.add_argument("permission", metavar="PERMISSION", nargs="?", help="only what gives this permission")
    table.add_argument("resource", metavar="RESOURCE", nargs="?", default="*", help="only what reaches this")


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
    whom = _named(options, _WHOM)
    if not whom:
        raise UsageError("no user, group or key given", next_step="Add --user, --group or --key.")
    return whom


def _grant(options: argparse.Namespace) -> None:
    where = _named(options, _WHERE)
    if not where:
        raise UsageError("no workspace or organization given", next_step="Add --workspace or --organization.")
    body = {"role": options.role, **_whom(options), **where}
    if options.until is not None:
        body["expires_at"] = moment_ahead(options.until, "--until")
    show(options, client(options).post(_GRANTS, body), _GRANT.columns)


def _update(options: argparse.Namespace) -> None:
    end = "" if options.until == "never" else moment_ahead(options.until, "--until")
    api = client(options)
    changed = api.patch(f"{_GRANTS}/{segment(_id(api, options))}", {"expires_at": end})
    show(options, changed, _GRANT.columns)


def _id(api: Client, options: argparse.Namespace) -> str:
    named = _named(options, (*_WHOM, *_WHERE))
    return str(_only_grant(api, options)["id"] if named else options.grant)


def _revoke(options: argparse.Namespace) -> None:
    api = client(options)
    reference = _id(api, options)
    grant = api.get(f"{_GRANTS}/{segment(reference)}")
    text = (
        f"the role {printable(grant['role'])} from {grant['principal_kind']} {printable(grant['principal'])} in "
        f"{printable(grant['workspace'] or grant['organization'])}"
    )
    confirm(f"Remove {text}?", yes=options.yes)
    report(options, api.delete(f"{_GRANTS}/{segment(reference)}"), f"Removed {text}.")


def _only_grant(api: Client, options: argparse.Namespace) -> dict[str, Any]:
    query = {**_whom(options), **_named(options, _WHERE)}
    grants = api.get_all(_GRANTS, role=options.grant, **query)
    if "organization" in query:
        # Asked for by organization the list holds the grants in its workspaces too.
        grants = [grant for grant in grants if grant["workspace_id"] is None]
    if not grants:
        raise NimbusError(
            "there is no such grant",
            code="NOT_FOUND",
            next_step="See: nimbus iam list-grants",
            exit_status=EXIT_NOT_FOUND,
        )
    if len(grants) > 1:
        raise UsageError(
            f"{len(grants)} grants match",
            next_step="Add --workspace or --organization, or use the grant's id.",
        )
    only: dict[str, Any] = grants[0]
    return only


def _list(options: argparse.Namespace) -> None:
    query = _named(options, ("role", "state", *_WHOM, *_WHERE))
    api = client(options)
    watched(options, lambda: show(options, api.get_all(_GRANTS, **query), _GRANT.columns, empty=_GRANT.empty))


def _can(options: argparse.Namespace) -> int:
    api = client(options)
    query = {**principal(options.who), **_place(api, options.resource)}
    answer = api.get("/api/v1/can", permission=options.permission, **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, answer)
    else:
        print(
            f"{'yes' if answer['allowed'] else 'no'}: {printable(answer['principal'])} "
            f"{'can' if answer['allowed'] else 'cannot'} {answer['permission']} in {printable(answer['where'])}"
        )
        for reason in answer["because"]:
            print(f"  {printable(reason)}")
    return EXIT_OK if answer["allowed"] else EXIT_FAILED


def _access(options: argparse.Namespace) -> None:
    api = client(options)
    query = {**principal(options.who), **_place(api, options.resource)}
    if options.permission:
        query["permission"] = options.permission
    answer = api.get("/api/v1/effective-access", **query)
    if options.output in ("json", "yaml"):
        print_data(options.output, answer)
        return
    show(options, answer["rows"], _ACCESS, empty=f"{printable(answer['principal'])} has nothing of that.")


def _where(row: dict[str, Any]) -> str:
    if row["organization"] is None:
        return "the whole control plane"
    return str(row["workspace"] or f"all of {row['organization']}")


def _through(row: dict[str, Any]) -> str:
    if row["source"] == "group":
        return f"group {row['group']}"
    words = {"administrator": "administrator", "visibility": "cross-workspace visibility"}
    return words.get(row["source"], "grant")


_ACCESS = (
    Column("WHERE", _where),
    Column("ROLE", lambda r: r["role"] or "-"),
    Column("THROUGH", _through),
    Column("ENDS", lambda r: until(r["expires_at"])),
    Column("PERMISSIONS", lambda r: len(r["permissions"]), right=True),
    Column("GRANT", lambda r: r["grant_id"] or "-", wide=True),
    Column("WHICH", lambda r: " ".join(r["permissions"]), wide=True),
)


def principal(reference: str) -> dict[str, str]:
    """As query parameters. Raises UsageError."""
    kind, separator, name = reference.partition(":")
    if not separator:
        return {} if reference == "me" else {"user": reference}
    if kind not in _WHOM or not name:
        raise UsageError(
            f"{reference!r} is not a user, group or key",
            next_step="Write NAME, user:NAME, group:NAME or key:NAME.",
        )
    return {kind: name}


def _place(api: Client, resource: str) -> dict[str, str]:
    if resource == "*":
        return {}
    kind, _, name = resource.partition("/")
    if kind in _WHERE and name:
        return {kind: name}
    if kind in _IN_WORKSPACE and name:
        return {"workspace": api.get(f"{_IN_WORKSPACE[kind]}/{segment(name)}")["workspace_id"]}
    kinds = ", ".join(f"{kind}/NAME" for kind in (*_WHERE, *_IN_WORKSPACE))
    raise UsageError(f"{resource!r} is not a resource", next_step=f"Write {kinds} or '*'.")
